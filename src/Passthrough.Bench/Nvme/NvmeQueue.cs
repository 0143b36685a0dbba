using Passthrough.Bench.Engine;
using Passthrough.Bench.Vfio;

namespace Passthrough.Bench.Nvme;

/// <summary>
/// A submission queue with its completion queue, used by one thread, no allocation after its making. Commands are put and rung apart,
/// so that one doorbell write can announce many. What may enter is decided here and nowhere else: on I/O queues Read alone.
/// Source: NVM Express Base Specification 2.0, section 3.3.1.
/// </summary>
internal sealed unsafe class NvmeQueue
{
    private const int CommandBytes = 64;
    private const int CompletionBytes = 16;
    private readonly MmioRegion _registers;
    private readonly nint _commands;
    private readonly nint _completions;
    private readonly int _submissionDoorbell;
    private readonly int _completionDoorbell;
    private readonly int _entries;
    private int _tail;
    private int _rung;
    private int _controllerHead;
    private int _head;
    private uint _phase = 1;

    /// <summary>Takes zeroed memory for both rings.</summary>
    /// <param name="registers">BAR 0.</param>
    /// <param name="id">Queue identifier; 0 is the admin queue.</param>
    /// <param name="entries">Entries of each ring.</param>
    /// <param name="commands">Memory of the submission queue.</param>
    /// <param name="completions">Memory of the completion queue.</param>
    /// <param name="strideBytes">Bytes from one doorbell to the next.</param>
    public NvmeQueue(MmioRegion registers, int id, int entries, nint commands, nint completions, int strideBytes)
    {
        _registers = registers;
        Id = id;
        _entries = entries;
        _commands = commands;
        _completions = completions;
        _submissionDoorbell = NvmeRegisters.Doorbells + (2 * id * strideBytes);
        _completionDoorbell = _submissionDoorbell + strideBytes;
        if (_completionDoorbell + 4 > registers.Bytes)
        {
            throw new BenchException($"the doorbells of queue {id} lie outside the controller's BAR 0 of {registers.Bytes} bytes.");
        }
    }

    /// <summary>Queue identifier.</summary>
    public int Id { get; }

    /// <summary>Writes of the submission queue's doorbell so far.</summary>
    public long SubmissionDoorbells { get; private set; }

    /// <summary>Writes of the completion queue's doorbell so far.</summary>
    public long CompletionDoorbells { get; private set; }

    /// <summary>Whether a completion lies there that was not taken.</summary>
    // Safe, here and below: indices stay below the number of entries, and the rings' memory outlives the queue.
    public bool HasCompletion => ((Volatile.Read(ref ((uint*)(_completions + (_head * CompletionBytes)))[3]) >> 16) & 1) == _phase;

    /// <summary>Whether a command may enter a queue: Read on I/O queues, the few of <see cref="AdminOpcode"/> on the admin queue.</summary>
    public static bool Takes(int queue, byte opcode) => queue != 0
        ? opcode == NvmeCommand.ReadOpcode
        : (AdminOpcode)opcode is AdminOpcode.DeleteSubmissionQueue or AdminOpcode.CreateSubmissionQueue or AdminOpcode.DeleteCompletionQueue
            or AdminOpcode.CreateCompletionQueue or AdminOpcode.Identify or AdminOpcode.SetFeatures;

    /// <summary>Writes a command into the ring; the controller learns of it with the next <see cref="Ring"/>.</summary>
    public void Put(in NvmeCommand command)
    {
        if (!Takes(Id, command.Opcode))
        {
            throw new InvalidOperationException($"opcode 0x{command.Opcode:x2} is never given on queue {Id}");
        }

        int next = _tail + 1 == _entries ? 0 : _tail + 1;
        if (next == _controllerHead)
        {
            throw new BenchException($"queue {Id} of the controller is full, though it was made for the depth asked for.");
        }

        ((NvmeCommand*)_commands)[_tail] = command;
        _tail = next;
    }

    /// <summary>Announces what was put with one doorbell write.</summary>
    public void Ring()
    {
        // A volatile write has release order, and x86-64 does not move an earlier store to memory behind one to a device.
        _registers.Write(_submissionDoorbell, (uint)_tail);
        _rung = _tail;
        SubmissionDoorbells++;
    }

    /// <summary>Forgets what was put since the last <see cref="Ring"/>: the controller never looked at it.</summary>
    public void TakeBack() => _tail = _rung;

    /// <summary>Takes one completion, if there is one. The controller may reuse its place after <see cref="Acknowledge"/>.</summary>
    public bool TryReap(out NvmeCompletion completion)
    {
        uint* entry = (uint*)(_completions + (_head * CompletionBytes));
        // The phase is read first and with acquire order: everything else of the entry was written before it.
        uint last = Volatile.Read(ref entry[3]);
        if (((last >> 16) & 1) != _phase)
        {
            completion = default;
            return false;
        }

        completion = new NvmeCompletion((ushort)last, (int)(last >> 17), entry[0]);
        _controllerHead = (int)(entry[2] & 0xFFFF) % _entries;
        if (++_head == _entries)
        {
            _head = 0;
            _phase ^= 1;
        }

        return true;
    }

    /// <summary>Gives the places of all taken completions back with one doorbell write.</summary>
    public void Acknowledge()
    {
        _registers.Write(_completionDoorbell, (uint)_head);
        CompletionDoorbells++;
    }

    /// <summary>Bytes of both rings, each in whole pages.</summary>
    public static (long Commands, long Completions) BytesFor(int entries) =>
        (Pages((long)entries * CommandBytes), Pages((long)entries * CompletionBytes));

    private static long Pages(long bytes) => (bytes + PrpList.PageBytes - 1) / PrpList.PageBytes * PrpList.PageBytes;
}
