using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Passthrough.Bench.Native;

namespace Passthrough.Tests.Bench.Native;

/// <summary>A kernel of the test's making: files and links from dictionaries, everything else from handlers. Records every call in order.</summary>
internal sealed partial class FakeSystemCalls : ISystemCalls, IDisposable
{
    private readonly Dictionary<int, (string Path, int Position)> _open = [];
    private readonly Dictionary<nint, nint> _mapped = [];
    private int _next = 3;

    /// <summary>Text of files.</summary>
    public Dictionary<string, string> Files { get; } = [];

    /// <summary>Links.</summary>
    public Dictionary<string, string> Links { get; } = [];

    /// <summary>Folders.</summary>
    public Dictionary<string, string[]> Folders { get; } = [];

    /// <summary>Answer to open of what is no file: 0 for a new descriptor, else -errno. Default ENOENT.</summary>
    public Func<string, int> OnOpen { get; set; } = _ => -Errno.ENOENT;

    /// <summary>Answer to ioctl.</summary>
    public Func<int, int, nint, int> OnIoctl { get; set; } = (_, _, _) => -Errno.ENOTTY;

    /// <summary>Answer to mmap; default, and for an answer of 0, real memory.</summary>
    public Func<nint, int, nint>? OnMap { get; set; }

    /// <summary>Answer to madvise.</summary>
    public Func<int, int> OnAdvise { get; set; } = _ => 0;

    /// <summary>Answer to read of a descriptor that is no file.</summary>
    public Func<byte[], int> OnRead { get; set; } = _ => -Errno.EBADF;

    /// <summary>Answer to io_uring_setup.</summary>
    public Func<uint, nint, int> OnUringSetup { get; set; } = (_, _) => -Errno.ENOSYS;

    /// <summary>Answer to io_uring_enter.</summary>
    public Func<uint, uint, int> OnUringEnter { get; set; } = (submit, _) => (int)submit;

    /// <summary>Answer to io_uring_register.</summary>
    public int RegisterResult { get; set; }

    /// <summary>Answer to sched_setaffinity.</summary>
    public int PinResult { get; set; }

    /// <summary>Answer to mbind.</summary>
    public int BindResult { get; set; }

    /// <summary>Calls in order, for example "open /dev/vfio/vfio".</summary>
    public List<string> Calls { get; } = [];

    public string PathOf(int descriptor) => _open.TryGetValue(descriptor, out var file) ? file.Path : "?";

    /// <summary>A new descriptor for a handler that makes one (a device, a ring).</summary>
    public int NewDescriptor(string name)
    {
        _open[_next] = (name, 0);
        return _next++;
    }

    public int Open(string path, int flags)
    {
        Calls.Add("open " + path);
        OnOpenFlags?.Invoke(path, flags);
        if (Injected() is var failed and < 0)
        {
            return failed;
        }

        int result = Files.ContainsKey(path) ? 0 : OnOpen(path);
        return result < 0 ? result : NewDescriptor(path);
    }

    public int Close(int descriptor)
    {
        Calls.Add("close " + PathOf(descriptor));
        return _open.Remove(descriptor) ? 0 : -Errno.EBADF;
    }

    /// <summary>Descriptors that nobody closed.</summary>
    public int OpenDescriptors => _open.Count;

    /// <summary>Mappings that nobody unmapped.</summary>
    public int Mappings => _mapped.Count + _device.Count;

    public int Ioctl(int descriptor, int request, nint argument)
    {
        Calls.Add($"ioctl 0x{request:X4} {PathOf(descriptor)}");
        return Injected() is var failed and < 0 ? failed : OnIoctl(descriptor, request, argument);
    }

    public nint Map(nint address, nint bytes, int protection, int flags, int descriptor, long offset)
    {
        Calls.Add($"mmap {PathOf(descriptor)}");
        if (Injected() is var failed and < 0)
        {
            return failed;
        }

        if (OnMapDevice is not null && descriptor >= 0)
        {
            nint registers = OnMapDevice(bytes);
            _ = _device.Add(registers);
            return registers;
        }

        if (OnMap?.Invoke(bytes, flags) is { } mapped and not 0)
        {
            return mapped;
        }

        if ((flags & LinuxFlags.Fixed) != 0)
        {
            return address;
        }

        nint memory = Marshal.AllocHGlobal(bytes);
        _mapped[memory] = bytes;
        return memory;
    }

    public int Unmap(nint address, nint bytes)
    {
        Calls.Add("munmap");
        _ = _device.Remove(address);
        if (_mapped.Remove(address))
        {
            Marshal.FreeHGlobal(address);
        }

        return 0;
    }

    public int Advise(nint address, nint bytes, int advice) => Injected() is var failed and < 0 ? failed : OnAdvise(advice);

    public nint Read(int descriptor, Span<byte> buffer)
    {
        if (!_open.TryGetValue(descriptor, out var file) || !Files.TryGetValue(file.Path, out string? text))
        {
            byte[] answer = new byte[buffer.Length];
            int count = OnRead(answer);
            answer.AsSpan(0, Math.Max(0, count)).CopyTo(buffer);
            return count;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text);
        // Short reads, as /proc gives them.
        int length = Math.Min(Math.Min(buffer.Length, 1000), bytes.Length - file.Position);
        bytes.AsSpan(file.Position, length).CopyTo(buffer);
        _open[descriptor] = (file.Path, file.Position + length);
        return length;
    }

    public nint ReadEvent(int descriptor, out ulong count)
    {
        Span<byte> answer = stackalloc byte[sizeof(ulong)];
        nint result = Read(descriptor, answer);
        count = BinaryPrimitives.ReadUInt64LittleEndian(answer);
        return result;
    }

    public nint PollEvent(int descriptor, out ulong count) => ReadEvent(descriptor, out count);

    public int ShortIoctl(int descriptor, int request, nint argument) => Ioctl(descriptor, request, argument);

    public nint Write(int descriptor, ReadOnlySpan<byte> buffer)
    {
        OnWrite?.Invoke(buffer.ToArray());
        return buffer.Length;
    }

    public nint ReadAt(int descriptor, Span<byte> buffer, long offset)
    {
        Calls.Add($"pread {PathOf(descriptor)} 0x{offset:x}");
        if (Injected() is var failed and < 0)
        {
            return failed;
        }

        buffer.Clear();
        return buffer.Length;
    }

    public nint WriteAt(int descriptor, ReadOnlySpan<byte> buffer, long offset)
    {
        Calls.Add($"pwrite {PathOf(descriptor)} 0x{offset:x} {Convert.ToHexString(buffer)}");
        return Injected() is var failed and < 0 ? failed : buffer.Length;
    }

    public int EventDescriptor(int flags) => Injected() is var failed and < 0 ? failed : NewDescriptor("eventfd");

    public int UringSetup(uint entries, nint parameters) => OnUringSetup(entries, parameters);

    public int UringEnter(int ring, uint toSubmit, uint minComplete, uint flags) => OnUringEnter(toSubmit, minComplete);

    public int UringRegister(int ring, uint operation, nint argument, uint count) => RegisterResult;

    public int PinThread(int cpu)
    {
        Calls.Add($"pin {cpu}");
        return PinResult;
    }

    public int BindMemory(nint address, nint bytes, int mode, ReadOnlySpan<ulong> nodes, uint flags) => BindResult;

    public int WherePagesLie(ReadOnlySpan<nint> pages, Span<int> nodes)
    {
        for (int i = 0; i < pages.Length; i++)
        {
            nodes[i] = NodeOfPage?.Invoke(pages[i]) ?? 0;
        }

        return 0;
    }

    public int ReadLink(string path, out string target)
    {
        target = "";
        if (Injected() is var failed and < 0)
        {
            return failed;
        }

        bool found = Links.TryGetValue(path, out string? text);
        target = text ?? "";
        return found ? 0 : -Errno.ENOENT;
    }

    public int List(string path, out IReadOnlyList<string> names)
    {
        names = [];
        if (Injected() is var failed and < 0)
        {
            return failed;
        }

        bool found = Folders.TryGetValue(path, out string[]? entries);
        names = entries ?? [];
        return found ? 0 : -Errno.ENOENT;
    }

    public void Dispose()
    {
        foreach (nint memory in _mapped.Keys)
        {
            Marshal.FreeHGlobal(memory);
        }
    }
}
