using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Uring;

/// <summary>
/// An io_uring over one registered file and one registered buffer, used by one thread, no allocation after Create. It reads;
/// it writes only where it was made for writing. Indices shared with the kernel are read with acquire and written with
/// release order. Source: io_uring(7).
/// </summary>
internal sealed unsafe class BlockRing : IDisposable
{
    private const long RingsOffset = 0;
    private const long EntriesOffset = 0x10000000;
    private const uint FeatureSingleMap = 1;
    private const uint RegisterBuffers = 0;
    private const uint RegisterFiles = 2;
    private const uint GetEvents = 1;
    private const byte FixedFile = 1;
    private const uint PolledFlag = 1;
    private const string Name = "io_uring";

    // The completing side waits for the submitting thread's next call instead of interrupting it, as fio's engine has it:
    // IORING_SETUP_COOP_TASKRUN (Linux 5.19), SINGLE_ISSUER (6.0), DEFER_TASKRUN (6.1). An older kernel answers EINVAL.
    private static readonly uint[] _waitingFlags = [(1u << 8) | (1u << 12) | (1u << 13), 1u << 8, 0];

    // Who looks at the completion queue without entering the kernel needs completions posted at once.
    private static readonly uint[] _lookingFlags = [0];

    private readonly ISystemCalls _system;
    private readonly UringParameters _parameters;
    private readonly bool _writes;
    private int _descriptor;
    private nint _rings;
    private nint _ringsBytes;
    private nint _entries;
    private nint _entriesBytes;
    private uint _tail;
    private uint _submitted;

    private BlockRing(ISystemCalls system, int descriptor, UringParameters parameters, bool writes)
    {
        _system = system;
        _descriptor = descriptor;
        _parameters = parameters;
        _writes = writes;
    }

    /// <summary>Operations that fit into the ring at once.</summary>
    public uint Capacity => _parameters.SubmissionEntries;

    /// <summary>A completion is there to be taken.</summary>
    public bool HasCompletion => Shared(_parameters.Completion.Head) != Volatile.Read(ref Shared(_parameters.Completion.Tail));

    /// <summary>Makes a ring for so many operations at once.</summary>
    /// <param name="system">The seam.</param>
    /// <param name="entries">Operations at once.</param>
    /// <param name="use">What it is made for.</param>
    public static BlockRing Create(ISystemCalls system, uint entries, RingUse use = RingUse.Read)
    {
        UringParameters parameters = default;
        int descriptor = -Errno.EINVAL;
        foreach (uint flags in use.HasFlag(RingUse.LookWithoutEntering) ? _lookingFlags : _waitingFlags)
        {
            parameters = new UringParameters { Flags = flags | (use.HasFlag(RingUse.Polled) ? PolledFlag : 0) };
            // Safe: the struct lives on this frame and has the size that the kernel writes.
            descriptor = system.UringSetup(entries, (nint)(&parameters));
            if (descriptor != -Errno.EINVAL)
            {
                break;
            }
        }

        if (descriptor < 0)
        {
            throw Failure.Of("io_uring_setup", Name, descriptor, SetupMeaning(-descriptor));
        }

        var ring = new BlockRing(system, descriptor, parameters, use.HasFlag(RingUse.Write));
        try
        {
            ring.MapQueues();
            return ring;
        }
        catch
        {
            ring.Dispose();
            throw;
        }
    }

    /// <summary>Registers the one file and the one buffer, so that neither is looked up nor pinned again per operation.</summary>
    public void Register(int file, nint buffer, long bytes)
    {
        var vector = new IoVector { Address = buffer, Bytes = (nint)bytes };
        // Safe: both arguments live on this frame; the buffer belongs to the caller, who disposes the ring first.
        int result = _system.UringRegister(_descriptor, RegisterBuffers, (nint)(&vector), 1);
        if (result < 0)
        {
            throw Failure.Of("io_uring_register(buffers)", Name, result, result == -Errno.ENOMEM
                ? "RLIMIT_MEMLOCK of this process is too small for the buffers (ulimit -l), or memory is short" : null);
        }

        Failure.Check(_system.UringRegister(_descriptor, RegisterFiles, (nint)(&file), 1), "io_uring_register(files)", Name);
    }

    /// <summary>Queues a read into the registered buffer; false when the ring is full. Nothing is submitted yet.</summary>
    public bool TryQueueRead(ulong userData, nint address, uint bytes, ulong offset) =>
        TryQueue(UringOpcode.ReadFixed, userData, address, bytes, offset);

    /// <summary>Queues a write from the registered buffer; false when the ring is full. A ring that was not made for writing throws.</summary>
    public bool TryQueueWrite(ulong userData, nint address, uint bytes, ulong offset) => _writes
        ? TryQueue(UringOpcode.WriteFixed, userData, address, bytes, offset)
        : throw new InvalidOperationException("This ring was made for reading.");

    /// <summary>Submits what is queued and waits until so many completions are there.</summary>
    public void Enter(uint waitFor)
    {
        while (true)
        {
            int result = _system.UringEnter(_descriptor, _tail - _submitted, waitFor, GetEvents);
            if (result >= 0)
            {
                _submitted += (uint)result;
                if (_submitted == _tail)
                {
                    return;
                }
            }
            else if (result is not (-Errno.EINTR or -Errno.EAGAIN or -Errno.EBUSY))
            {
                throw Failure.Of("io_uring_enter", Name, result);
            }
        }
    }

    /// <summary>Takes one completion, if there is one: bytes read, or -errno.</summary>
    public bool TryReap(out ulong userData, out int result)
    {
        ref uint headIndex = ref Shared(_parameters.Completion.Head);
        uint head = headIndex;
        if (head == Volatile.Read(ref Shared(_parameters.Completion.Tail)))
        {
            userData = 0;
            result = 0;
            return false;
        }

        uint index = head & Shared(_parameters.Completion.Mask);
        // Safe: the mask keeps the index inside the mapped queue, and the acquire above orders this read after the kernel's write.
        CompletionEntry entry = ((CompletionEntry*)(_rings + (nint)_parameters.Completion.Entry))[index];
        Volatile.Write(ref headIndex, head + 1);
        userData = entry.UserData;
        result = entry.Result;
        return true;
    }

    /// <summary>Unmaps the queues and closes the ring; pages of the registered buffer stay pinned until operations in flight have ended.</summary>
    public void Dispose()
    {
        if (_entries != 0)
        {
            _ = _system.Unmap(_entries, _entriesBytes);
            _entries = 0;
        }

        if (_rings != 0)
        {
            _ = _system.Unmap(_rings, _ringsBytes);
            _rings = 0;
        }

        if (_descriptor >= 0)
        {
            _ = _system.Close(_descriptor);
            _descriptor = -1;
        }
    }

    private bool TryQueue(UringOpcode opcode, ulong userData, nint address, uint bytes, ulong offset)
    {
        if (_tail - Volatile.Read(ref Shared(_parameters.Submission.Head)) >= _parameters.SubmissionEntries)
        {
            return false;
        }

        uint index = _tail & Shared(_parameters.Submission.Mask);
        // Safe: the mask keeps the index inside the mapped queue; the kernel does not look at it before the tail moves.
        ((SubmissionEntry*)_entries)[index] = new SubmissionEntry
        {
            Opcode = opcode,
            Flags = FixedFile,
            File = 0,
            Offset = offset,
            Address = (ulong)address,
            Bytes = bytes,
            UserData = userData,
            Buffer = 0,
        };
        ((uint*)(_rings + (nint)_parameters.Submission.Array))[index] = index;
        _tail++;
        Volatile.Write(ref Shared(_parameters.Submission.Tail), _tail);
        return true;
    }

    private static string? SetupMeaning(int errno) => errno switch
    {
        Errno.ENOSYS => "this kernel is built without io_uring, or a seccomp filter hides it",
        Errno.EPERM => "io_uring is switched off for this process (sysctl kernel.io_uring_disabled, or a security policy)",
        Errno.ENOMEM => "RLIMIT_MEMLOCK of this process is too small for the ring (kernels before 5.12), or memory is short",
        Errno.EINVAL => "the kernel does not take a ring of this size",
        _ => null,
    };

    private void MapQueues()
    {
        if ((_parameters.Features & FeatureSingleMap) == 0)
        {
            throw new BenchException("this kernel's io_uring is older than Linux 5.4: both queues must come in one mapping.");
        }

        nint submissions = (nint)(_parameters.Submission.Array + (_parameters.SubmissionEntries * sizeof(uint)));
        nint completions = (nint)(_parameters.Completion.Entry + (_parameters.CompletionEntries * (uint)sizeof(CompletionEntry)));
        _ringsBytes = Math.Max(submissions, completions);
        _entriesBytes = (nint)(_parameters.SubmissionEntries * (uint)sizeof(SubmissionEntry));
        _rings = Map(_ringsBytes, RingsOffset);
        _entries = Map(_entriesBytes, EntriesOffset);
        _tail = Shared(_parameters.Submission.Tail);
        _submitted = _tail;
    }

    private nint Map(nint bytes, long offset)
    {
        nint address = _system.Map(0, bytes, LinuxFlags.ReadWriteAccess, LinuxFlags.Shared | LinuxFlags.Populate, _descriptor, offset);
        return address is < 0 and >= -4095 ? throw Failure.Of("mmap of the queues", Name, address) : address;
    }

    // Safe: the offsets come from the kernel for this very mapping, which lives until Dispose.
    private ref uint Shared(uint offset) => ref *(uint*)(_rings + (nint)offset);
}

/// <summary>What a ring is made for.</summary>
[Flags]
internal enum RingUse
{
    /// <summary>Reading, by a thread that waits in the kernel.</summary>
    Read = 0,

    /// <summary>Writing as well.</summary>
    Write = 1,

    /// <summary>By a thread that looks for completions without entering the kernel.</summary>
    LookWithoutEntering = 2,

    /// <summary>IORING_SETUP_IOPOLL: the device is asked for completions instead of interrupting.</summary>
    Polled = 4,
}
