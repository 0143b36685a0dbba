using System.Buffers.Binary;
using System.Text;
using Passthrough.Bench.Engine;

namespace Passthrough.Bench.Nvme;

/// <summary>What Identify says of a controller.</summary>
/// <param name="Model">MN.</param>
/// <param name="MaxTransferBytes">Most bytes of one command, from MDTS; null without a limit.</param>
internal sealed record ControllerIdentity(string Model, long? MaxTransferBytes)
{
    /// <summary>QEMU's emulated controller: its speed is the emulator's.</summary>
    public bool IsEmulated => Model.StartsWith("QEMU", StringComparison.Ordinal);
}

/// <summary>What Identify says of a namespace.</summary>
/// <param name="Id">NSID.</param>
/// <param name="Blocks">NSZE.</param>
/// <param name="BlockBytes">Size of a logical block.</param>
internal sealed record NamespaceIdentity(uint Id, ulong Blocks, int BlockBytes);

/// <summary>Admin commands of the controller.</summary>
internal sealed partial class NvmeController
{
    private const uint IdentifyNamespace = 0;
    private const uint IdentifyController = 1;
    private const uint IdentifyActiveNamespaces = 2;
    private const uint FeatureQueues = 7;
    private const int IoQueue = 1;
    private (nint Address, ulong Iova)? _identifyPage;

    /// <summary>Identify Controller.</summary>
    public ControllerIdentity Identify()
    {
        ReadOnlySpan<byte> data = Identify(IdentifyController, 0);
        int shift = data[77];
        // MDTS counts in the smallest memory page the controller takes, as a power of two; 0 is no limit.
        long? most = shift == 0 ? null : Capabilities.MinPageBytes << Math.Min(shift, 20);
        return new ControllerIdentity(Encoding.ASCII.GetString(data.Slice(24, 40)).Trim(' ', '\0'), most);
    }

    /// <summary>The first active namespace.</summary>
    public NamespaceIdentity IdentifyFirstNamespace()
    {
        uint id = BinaryPrimitives.ReadUInt32LittleEndian(Identify(IdentifyActiveNamespaces, 0));
        if (id == 0)
        {
            throw new BenchException($"the controller {_address} has no active namespace, so there is nothing to read.");
        }

        ReadOnlySpan<byte> data = Identify(IdentifyNamespace, id);
        ulong blocks = BinaryPrimitives.ReadUInt64LittleEndian(data);
        // FLBAS bits 3:0 and, of more than sixteen formats, 6:5 name the format in use; each is 4 bytes from byte 128 on.
        int index = (data[26] & 0xF) | ((data[26] >> 1) & 0x30);
        uint format = BinaryPrimitives.ReadUInt32LittleEndian(data[(128 + (4 * index))..]);
        int shift = (int)((format >> 16) & 0xFF);
        if (blocks == 0 || shift is < 9 or > 16)
        {
            throw new BenchException($"namespace {id} of {_address} cannot be read: it has {blocks} blocks of 2^{shift} bytes.");
        }

        return (format & 0xFFFF) == 0
            ? new NamespaceIdentity(id, blocks, 1 << shift)
            : throw new BenchException($"namespace {id} of {_address} is formatted with {format & 0xFFFF} bytes of metadata a block, which this driver does not read.");
    }

    /// <summary>Makes the I/O queue pair.</summary>
    /// <param name="entries">Entries of both queues.</param>
    /// <param name="vector">Interrupt vector of its completions; null leaves it to polling.</param>
    public NvmeQueue CreateQueue(int entries, int? vector)
    {
        if (entries > Capabilities.MaxQueueEntries)
        {
            throw new BenchException($"the controller {_address} takes {Capabilities.MaxQueueEntries} entries a queue at most, and {entries} are needed: lower depth or batch.");
        }

        // 0-based numbers: one queue of each kind. The answer may be larger.
        Execute(NvmeCommand.Admin(AdminOpcode.SetFeatures, FeatureQueues, 0), "Set Features (number of queues)");
        (long commandBytes, long completionBytes) = NvmeQueue.BytesFor(entries);
        (nint commands, ulong commandsIova) = TakeControl(commandBytes);
        (nint completions, ulong completionsIova) = TakeControl(completionBytes);
        var queue = new NvmeQueue(_registers!, IoQueue, entries, commands, completions, Capabilities.DoorbellStrideBytes);
        uint size = ((uint)(entries - 1) << 16) | IoQueue;
        // Physically contiguous (bit 0), and interrupts where a vector is given (bit 1).
        uint flags = vector is { } number ? ((uint)number << 16) | 3 : 1;
        Execute(NvmeCommand.Admin(AdminOpcode.CreateCompletionQueue, size, flags, completionsIova), "Create I/O Completion Queue");
        _queuesMade = 1;
        Execute(NvmeCommand.Admin(AdminOpcode.CreateSubmissionQueue, size, (IoQueue << 16) | 1, commandsIova), "Create I/O Submission Queue");
        _queuesMade = 2;
        return queue;
    }

    /// <summary>Waits until a completion of a queue is there; the sentence after ten seconds, or sooner when the controller has died.</summary>
    public void Await(NvmeQueue queue, string what)
    {
        const long LookNs = 100_000_000;
        if (queue.HasCompletion)
        {
            return;
        }

        long startNs = Clock.NowNs;
        long lookNs = startNs + LookNs;
        while (true)
        {
            // The clock is asked seldom, so that polling stays as tight as a read of memory.
            for (int i = 0; i < 1024; i++)
            {
                if (queue.HasCompletion)
                {
                    return;
                }
            }

            long nowNs = Clock.NowNs;
            if (nowNs > lookNs)
            {
                CheckAlive();
                lookNs = nowNs + LookNs;
                if (nowNs - startNs > CommandTimeoutMs * 1_000_000L)
                {
                    throw new BenchException($"{what} was not answered by {_address} within {CommandTimeoutMs / 1000} seconds.");
                }
            }
        }
    }

    /// <summary>The exception for a command that was answered with an error.</summary>
    public BenchException Refused(string what, int status) => new($"{what} on {_address} was answered with {NvmeStatus.Words(status)}.");

    private unsafe ReadOnlySpan<byte> Identify(uint structure, uint nsid)
    {
        (nint address, ulong iova) = _identifyPage ??= TakeControl(PrpList.PageBytes);
        // Safe: the page belongs to the controller's buffer, which lives until Dispose.
        new Span<byte>((void*)address, PrpList.PageBytes).Clear();
        Execute(NvmeCommand.Admin(AdminOpcode.Identify, structure, prp1: iova, nsid: nsid), "Identify");
        return new ReadOnlySpan<byte>((void*)address, PrpList.PageBytes);
    }

    private void Execute(in NvmeCommand command, string what)
    {
        NvmeQueue queue = _admin!;
        queue.Put(command);
        queue.Ring();
        Await(queue, what);
        _ = queue.TryReap(out NvmeCompletion completion);
        queue.Acknowledge();
        if (completion.Status != 0)
        {
            throw Refused(what, completion.Status);
        }
    }

    private void DeleteQueues()
    {
        // The submission queue goes first: a completion queue in use cannot be deleted.
        if (_queuesMade == 2)
        {
            Execute(NvmeCommand.Admin(AdminOpcode.DeleteSubmissionQueue, IoQueue), "Delete I/O Submission Queue");
            _queuesMade = 1;
        }

        if (_queuesMade == 1)
        {
            Execute(NvmeCommand.Admin(AdminOpcode.DeleteCompletionQueue, IoQueue), "Delete I/O Completion Queue");
            _queuesMade = 0;
        }
    }
}
