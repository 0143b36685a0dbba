using System.Runtime.InteropServices;
using System.Text;
using Passthrough.Bench.Nvme;
using Passthrough.Bench.Vfio;
using Passthrough.Tests.Bench.Vfio;

namespace Passthrough.Tests.Bench.Nvme;

/// <summary>
/// An NVMe controller on a thread of its own: registers in memory, queues and data reached only through what was mapped. It follows
/// the specification's steps and keeps count of what a driver may not do; each way of failing can be asked for.
/// </summary>
internal sealed class FakeNvme : IDisposable
{
    private const int BarBytes = 0x4000;
    private readonly nint _bar;
    private readonly Thread _thread;
    private readonly Ring _admin = new();
    private readonly Ring _io = new();
    private readonly object _events = new();
    private ulong _signals;
    private bool _over;
    private int _reads;

    public FakeNvme(bool type1 = true, bool iommufd = false)
    {
        Kernel = new FakeVfio(type1, iommufd) { BarBytes = BarBytes, MsixVectors = 3 };
        _bar = Marshal.AllocHGlobal(BarBytes);
        Marshal.Copy(new byte[BarBytes], 0, _bar, BarBytes);
        // 256 entries, 2 × 500 ms to be ready, doorbells side by side, NVM command set.
        Write(NvmeRegisters.Capabilities, 0x02_01_00FF);
        Write(NvmeRegisters.Capabilities + 4, 1 << 5);
        Kernel.System.OnMapDevice = _ => _bar;
        Kernel.System.OnRead = Read;
        Kernel.System.OnWrite = bytes => Signal(BitConverter.ToUInt64(bytes));
        for (int i = 0; i < Image.Length; i++)
        {
            Image[i] = (byte)((i * 31) + (i >> 9) + (i >> 17));
        }

        _thread = new Thread(Run) { IsBackground = true, Name = "fake controller" };
        _thread.Start();
    }

    public FakeVfio Kernel { get; }

    /// <summary>1 MiB in 2048 blocks of 512 bytes.</summary>
    public byte[] Image { get; } = new byte[1 << 20];

    public List<byte> AdminOpcodes { get; } = [];

    public List<byte> IoOpcodes { get; } = [];

    /// <summary>Block and number of blocks of every read.</summary>
    public List<(ulong Block, int Blocks)> Reads { get; } = [];

    /// <summary>What the driver did that it may not do.</summary>
    public List<string> Offences { get; } = [];

    /// <summary>It never becomes ready.</summary>
    public bool NeverReady { get; set; }

    /// <summary>So many reads are answered, then none.</summary>
    public int SilentAfter { get; set; } = int.MaxValue;

    /// <summary>After so many reads it reports a fatal status.</summary>
    public int FatalAfter { get; set; } = int.MaxValue;

    /// <summary>After so many reads every register reads as all ones.</summary>
    public int GoneAfter { get; set; } = int.MaxValue;

    /// <summary>Status that reads are answered with after so many good ones.</summary>
    public (int After, int Status) ReadStatus { get; set; } = (int.MaxValue, 0);

    /// <summary>Status that admin commands of an opcode are answered with.</summary>
    public (byte Opcode, int Status)? AdminStatus { get; set; }

    /// <summary>Reads complete, and their data goes nowhere.</summary>
    public bool LosesData { get; set; }

    /// <summary>No interrupt is ever sent.</summary>
    public bool NoInterrupts { get; set; }

    /// <summary>Reads of the event descriptor return at once when nothing was signalled.</summary>
    public bool EventSpins { get; set; }

    /// <summary>Model and MDTS that Identify tells.</summary>
    public string Model { get; set; } = "QEMU NVMe Ctrl";

    public byte TransferShift { get; set; } = 5;

    /// <summary>LBAF: metadata bytes in 15:0, data size exponent in 23:16.</summary>
    public uint Format { get; set; } = 9 << 16;

    public uint FirstNamespace { get; set; } = 1;

    public bool IsEnabled => (ReadRegister(NvmeRegisters.Configuration) & NvmeRegisters.Enable) != 0;

    /// <summary>A normal shutdown was asked for and done, since the controller was last enabled.</summary>
    public bool WasShutDown { get; private set; }

    public void Write(int register, int value) => Marshal.WriteInt32(_bar + register, value);

    public void Dispose()
    {
        Volatile.Write(ref _over, true);
        _thread.Join();
        Marshal.FreeHGlobal(_bar);
        Kernel.Dispose();
    }

    private uint ReadRegister(int register) => (uint)Marshal.ReadInt32(_bar + register);

    private void Run()
    {
        var idle = new SpinWait();
        while (!Volatile.Read(ref _over))
        {
            Thread.MemoryBarrier();
            if (Step())
            {
                idle.Reset();
            }
            else
            {
                idle.SpinOnce(sleep1Threshold: 200);
            }
        }
    }

    private bool Step()
    {
        uint configuration = ReadRegister(NvmeRegisters.Configuration);
        uint status = ReadRegister(NvmeRegisters.Status);
        if (status == NvmeRegisters.AllOnes)
        {
            return false;
        }

        bool ready = (status & NvmeRegisters.Ready) != 0;
        bool enabled = (configuration & NvmeRegisters.Enable) != 0;
        if (enabled && !ready && !NeverReady)
        {
            uint sizes = ReadRegister(NvmeRegisters.AdminQueueAttributes);
            _admin.Begin(Wide(NvmeRegisters.AdminSubmissionQueue), (int)(sizes & 0xFFF) + 1, Wide(NvmeRegisters.AdminCompletionQueue), (int)(sizes >> 16) + 1, true);
            _io.Entries = 0;
            WasShutDown = false;
            Write(NvmeRegisters.Doorbells, 0);
            Write(NvmeRegisters.Status, (int)NvmeRegisters.Ready);
            return true;
        }

        if (!enabled && ready)
        {
            Write(NvmeRegisters.Status, 0);
            return true;
        }

        if (!ready)
        {
            return false;
        }

        if ((configuration & NvmeRegisters.ShutdownMask) == NvmeRegisters.NormalShutdown && !WasShutDown)
        {
            if (_io.Entries != 0)
            {
                Offences.Add("shut down with an I/O queue");
            }

            WasShutDown = true;
            Write(NvmeRegisters.Status, (int)(status | NvmeRegisters.ShutdownComplete));
        }

        return Serve(_admin, 0) | (_io.Entries != 0 && _io.HasSubmission && Serve(_io, 1));
    }

    private bool Serve(Ring ring, int id)
    {
        int tail = (int)ReadRegister(NvmeRegisters.Doorbells + (8 * id));
        ring.CompletionHead = (int)ReadRegister(NvmeRegisters.Doorbells + (8 * id) + 4);
        if (tail >= ring.Entries)
        {
            Offences.Add($"doorbell {tail} of {ring.Entries} entries");
            return false;
        }

        if (ring.Head == tail || (ring.CompletionTail + 1) % ring.CompletionEntries == ring.CompletionHead)
        {
            return false;
        }

        byte[] command = new byte[64];
        if (!Kernel.WithMapped(ring.Submissions + (ulong)(ring.Head * 64), 64, address => Marshal.Copy(address, command, 0, 64)))
        {
            Offences.Add("a submission queue that is not mapped");
            return false;
        }

        ring.Head = (ring.Head + 1) % ring.Entries;
        uint result = 0;
        int? answer = id == 0 ? Admin(command, ref result) : Io(command);
        if (answer is { } status)
        {
            Complete(ring, id, BitConverter.ToUInt16(command, 2), status, result);
        }

        return true;
    }

    private int Admin(byte[] command, ref uint result)
    {
        AdminOpcodes.Add(command[0]);
        if (AdminStatus is { } wrong && wrong.Opcode == command[0])
        {
            return wrong.Status;
        }

        uint dword10 = BitConverter.ToUInt32(command, 40);
        uint dword11 = BitConverter.ToUInt32(command, 44);
        ulong prp1 = BitConverter.ToUInt64(command, 24);
        int size = (int)(dword10 >> 16) + 1;
        switch (command[0])
        {
            case 0x05:
                _io.Begin(0, size, prp1, size, (dword11 & 2) != 0);
                Write(NvmeRegisters.Doorbells + 8, 0);
                Write(NvmeRegisters.Doorbells + 12, 0);
                _io.Vector = dword11 >> 16;
                return (dword11 & 1) == 1 && size <= 256 && prp1 % 4096 == 0 ? 0 : 0x102;
            case 0x01:
                _io.Submissions = prp1;
                _io.HasSubmission = true;
                return dword11 == ((1 << 16) | 1) && prp1 % 4096 == 0 ? 0 : 0x100;
            case 0x00:
                _io.HasSubmission = false;
                return 0;
            case 0x04:
                if (_io.HasSubmission)
                {
                    Offences.Add("a completion queue deleted before its submission queue");
                }

                _io.Entries = 0;
                return 0;
            case 0x06:
                return Kernel.WithMapped(prp1, 4096, address => Marshal.Copy(IdentifyPage(dword10), 0, address, 4096)) ? 0 : 4;
            case 0x09:
                result = 0x0003_0003;
                return dword10 == 7 ? 0 : 2;
            default:
                return 1;
        }
    }

    private int? Io(byte[] command)
    {
        IoOpcodes.Add(command[0]);
        if (command[0] != 2)
        {
            return 1;
        }

        ulong block = BitConverter.ToUInt64(command, 40);
        int blocks = BitConverter.ToUInt16(command, 48) + 1;
        _reads++;
        if (_reads > SilentAfter)
        {
            return null;
        }

        if (_reads > FatalAfter)
        {
            Write(NvmeRegisters.Status, (int)(NvmeRegisters.Ready | NvmeRegisters.Fatal));
            return null;
        }

        if (_reads > GoneAfter)
        {
            for (int register = 0; register < NvmeRegisters.Doorbells; register += 4)
            {
                Write(register, -1);
            }

            return null;
        }

        Reads.Add((block, blocks));
        if (_reads > ReadStatus.After)
        {
            return ReadStatus.Status;
        }

        long bytes = blocks * 512L;
        return ((long)block * 512) + bytes > Image.Length ? 0x80
            : LosesData ? 0
            : Transfer(BitConverter.ToUInt64(command, 24), BitConverter.ToUInt64(command, 32), (int)block * 512, (int)bytes);
    }

    /// <summary>Walks PRP1, PRP2 and the list as the specification says.</summary>
    private int Transfer(ulong prp1, ulong prp2, int at, int bytes)
    {
        int first = Math.Min(bytes, 4096 - (int)(prp1 % 4096));
        bool moved = Copy(prp1, at, first);
        int left = bytes - first;
        at += first;
        bool list = left > 4096;
        for (int entry = 0; left > 0; entry++)
        {
            ulong target = prp2;
            if (list)
            {
                ulong place = prp2 + (ulong)(entry * 8);
                moved &= Kernel.WithMapped(place, 8, address => target = (ulong)Marshal.ReadInt64(address));
            }

            if (target % 4096 != 0)
            {
                return 0x13;
            }

            int part = Math.Min(left, 4096);
            moved &= Copy(target, at, part);
            at += part;
            left -= part;
        }

        return moved ? 0 : 4;
    }

    private bool Copy(ulong iova, int at, int bytes) => Kernel.WithMapped(iova, bytes, address => Marshal.Copy(Image, at, address, bytes));

    private void Complete(Ring ring, int id, ushort command, int status, uint result)
    {
        bool posted = Kernel.WithMapped(ring.Completions + (ulong)(ring.CompletionTail * 16), 16, address =>
        {
            Marshal.WriteInt32(address, (int)result);
            Marshal.WriteInt32(address + 8, ring.Head | (id << 16));
            Thread.MemoryBarrier();
            Marshal.WriteInt32(address + 12, command | (((status << 1) | ring.Phase) << 16));
        });
        if (!posted)
        {
            Offences.Add("a completion queue that is not mapped");
        }

        ring.CompletionTail++;
        if (ring.CompletionTail == ring.CompletionEntries)
        {
            ring.CompletionTail = 0;
            ring.Phase ^= 1;
        }

        if (id == 1 && ring.Interrupts && !NoInterrupts)
        {
            if (Kernel.Routed is not (VfioRequests.MsixIndex, 2, -1, >= 0) || ring.Vector != 1)
            {
                Offences.Add($"vector {ring.Vector} with {Kernel.Routed}");
            }

            Signal(1);
        }
    }

    private byte[] IdentifyPage(uint structure)
    {
        byte[] page = new byte[4096];
        switch (structure)
        {
            case 0:
                BitConverter.TryWriteBytes(page, (ulong)(Image.Length / 512));
                BitConverter.TryWriteBytes(page.AsSpan(128), Format);
                break;
            case 1:
                Encoding.ASCII.GetBytes(Model.PadRight(40)).CopyTo(page, 24);
                page[77] = TransferShift;
                break;
            default:
                BitConverter.TryWriteBytes(page, FirstNamespace);
                break;
        }

        return page;
    }

    private void Signal(ulong count)
    {
        lock (_events)
        {
            _signals += count;
            Monitor.PulseAll(_events);
        }
    }

    private int Read(byte[] buffer)
    {
        lock (_events)
        {
            while (_signals == 0)
            {
                if (EventSpins)
                {
                    return -Passthrough.Bench.Native.Errno.EAGAIN;
                }

                _ = Monitor.Wait(_events);
            }

            BitConverter.TryWriteBytes(buffer, _signals);
            _signals = 0;
            return 8;
        }
    }

    private ulong Wide(int register) => ReadRegister(register) | ((ulong)ReadRegister(register + 4) << 32);

    /// <summary>A queue pair as the controller keeps it.</summary>
    private sealed class Ring
    {
        public ulong Submissions { get; set; }

        public bool HasSubmission { get; set; }

        public int Entries { get; set; }

        public ulong Completions { get; private set; }

        public int CompletionEntries { get; private set; }

        public bool Interrupts { get; private set; }

        public uint Vector { get; set; }

        public int Head { get; set; }

        public int CompletionHead { get; set; }

        public int CompletionTail { get; set; }

        public int Phase { get; set; }

        public void Begin(ulong submissions, int entries, ulong completions, int completionEntries, bool interrupts)
        {
            (Submissions, Entries, Completions, CompletionEntries, Interrupts) = (submissions, entries, completions, completionEntries, interrupts);
            (Head, CompletionHead, CompletionTail, Phase, HasSubmission) = (0, 0, 0, 1, false);
        }
    }
}
