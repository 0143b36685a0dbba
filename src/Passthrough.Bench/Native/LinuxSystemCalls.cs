using System.Text;
using Tmds.Linux;

namespace Passthrough.Bench.Native;

/// <summary>The running kernel. The only file of this project that calls into it.</summary>
internal sealed unsafe partial class LinuxSystemCalls : ISystemCalls
{
    /// <summary>Without state, so one is enough.</summary>
    public static readonly LinuxSystemCalls Instance = new();

    // Tmds.LibC names no numbers of calls younger than itself. The io_uring numbers are the same on every architecture;
    // the NUMA calls have the generic table's numbers on arm64 and their own on x86-64.
    private const int UringSetupNumber = 425;
    private const int UringEnterNumber = 426;
    private const int UringRegisterNumber = 427;
    // Known to the compiler, so that nothing is looked up at run time.
    private static bool IsX64 => System.Runtime.Intrinsics.X86.X86Base.X64.IsSupported;

    private static int BindMemoryNumber => IsX64 ? 237 : 235;

    private static int MovePagesNumber => IsX64 ? 279 : 239;

    /// <inheritdoc />
    public int Open(string path, int flags)
    {
        byte[] name = Terminated(path);
        // Safe: the array is pinned for the call and ends with a zero byte.
        fixed (byte* pointer = name)
        {
            return Result(LibC.open(pointer, flags | LibC.O_CLOEXEC, default));
        }
    }

    /// <inheritdoc />
    public int Close(int descriptor) => Result(LibC.close(descriptor));

    /// <inheritdoc />
    // Safe: the caller vouches for the address; a value is passed in the same register.
    public int Ioctl(int descriptor, int request, nint argument) => Result(LibC.ioctl(descriptor, request, (void*)argument));

    /// <inheritdoc />
    public nint Map(nint address, nint bytes, int protection, int flags, int descriptor, long offset)
    {
        // Safe: a fixed address is only passed for ranges that the caller itself reserved.
        void* mapped = LibC.mmap((void*)address, (size_t)(ulong)bytes, protection, flags, descriptor, (off_t)offset);
        return mapped == LibC.MAP_FAILED ? -LibC.errno : (nint)mapped;
    }

    /// <inheritdoc />
    // Safe: the caller owns the range and forgets it with this call.
    public int Unmap(nint address, nint bytes) => Result(LibC.munmap((void*)address, (size_t)(ulong)bytes));

    /// <inheritdoc />
    // Safe: the advices used (huge pages, populate) never discard content.
    public int Advise(nint address, nint bytes, int advice) => Result(LibC.madvise((void*)address, (size_t)(ulong)bytes, advice));

    /// <inheritdoc />
    public nint Read(int descriptor, Span<byte> buffer)
    {
        // Safe: the span is pinned and its own length is passed; the same holds for the four calls below.
        fixed (byte* pointer = buffer)
        {
            return Result((long)LibC.read(descriptor, pointer, (size_t)(uint)buffer.Length));
        }
    }

    /// <inheritdoc />
    public nint Write(int descriptor, ReadOnlySpan<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            return Result((long)LibC.write(descriptor, pointer, (size_t)(uint)buffer.Length));
        }
    }

    /// <inheritdoc />
    public nint ReadAt(int descriptor, Span<byte> buffer, long offset)
    {
        fixed (byte* pointer = buffer)
        {
            return Result((long)LibC.pread(descriptor, pointer, (size_t)(uint)buffer.Length, (off_t)offset));
        }
    }

    /// <inheritdoc />
    public nint WriteAt(int descriptor, ReadOnlySpan<byte> buffer, long offset)
    {
        fixed (byte* pointer = buffer)
        {
            return Result((long)LibC.pwrite(descriptor, pointer, (size_t)(uint)buffer.Length, (off_t)offset));
        }
    }

    /// <inheritdoc />
    public int EventDescriptor(int flags) => Result(LibC.eventfd(0, flags | LibC.EFD_CLOEXEC));

    /// <inheritdoc />
    public int UringSetup(uint entries, nint parameters) => Result((long)LibC.syscall(UringSetupNumber, entries, (void*)parameters));

    /// <inheritdoc />
    public int UringEnter(int ring, uint toSubmit, uint minComplete, uint flags) =>
        Result((long)LibC.syscall(UringEnterNumber, ring, toSubmit, minComplete, flags, 0, 0));

    /// <inheritdoc />
    public int UringRegister(int ring, uint operation, nint argument, uint count) =>
        Result((long)LibC.syscall(UringRegisterNumber, ring, operation, (void*)argument, count));

    /// <inheritdoc />
    public int PinThread(int cpu)
    {
        // 65,536 CPUs: more than any kernel is built for; the kernel ignores the words it has no CPUs for.
        byte* mask = stackalloc byte[8192];
        new Span<byte>(mask, 8192).Clear();
        mask[cpu >> 3] |= (byte)(1 << (cpu & 7));
        // Safe: the mask lives on this frame and its true size is passed; thread 0 is the calling one.
        return Result(LibC.sched_setaffinity(default, 8192, (cpu_set_t*)mask));
    }

    /// <inheritdoc />
    public int BindMemory(nint address, nint bytes, int mode, ReadOnlySpan<ulong> nodes, uint flags)
    {
        // Safe: the mask is pinned; the kernel reads maxnode - 1 bits of it (mm/mempolicy.c, get_nodes).
        fixed (ulong* mask = nodes)
        {
            return Result((long)LibC.syscall(BindMemoryNumber, (void*)address, (void*)bytes, mode, (void*)mask, (nodes.Length * 64) + 1, flags));
        }
    }

    /// <inheritdoc />
    public int WherePagesLie(ReadOnlySpan<nint> pages, Span<int> nodes)
    {
        if (nodes.Length < pages.Length)
        {
            return -Errno.EINVAL;
        }

        // Safe: both arrays are pinned and the answer has room for every page; a null node list asks and moves nothing.
        fixed (nint* addresses = pages)
        fixed (int* answers = nodes)
        {
            return Result((long)LibC.syscall(MovePagesNumber, 0, pages.Length, (void*)addresses, 0, (void*)answers, 0));
        }
    }

    /// <inheritdoc />
    public int ReadLink(string path, out string target)
    {
        byte[] name = Terminated(path);
        byte* buffer = stackalloc byte[4096];
        target = "";
        // Safe: the name ends with a zero byte and the buffer's true size is passed.
        fixed (byte* pointer = name)
        {
            nint length = Result((long)LibC.readlink(pointer, buffer, 4096));
            if (length < 0)
            {
                return (int)length;
            }

            target = Encoding.UTF8.GetString(buffer, (int)length);
            return 0;
        }
    }

    /// <inheritdoc />
    public int List(string path, out IReadOnlyList<string> names)
    {
        names = [];
        try
        {
            names = [.. Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)];
            return 0;
        }
        catch (DirectoryNotFoundException)
        {
            return -Errno.ENOENT;
        }
        catch (UnauthorizedAccessException)
        {
            return -Errno.EACCES;
        }
        catch (IOException)
        {
            return -Errno.EIO;
        }
    }

    private static byte[] Terminated(string path) => Encoding.UTF8.GetBytes(path + "\0");

    private static int Result(int returned) => returned < 0 ? -LibC.errno : returned;

    private static int Result(long returned) => returned < 0 ? -LibC.errno : (int)returned;
}
