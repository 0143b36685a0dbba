using System.Globalization;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Nvme;
using Passthrough.Bench.Vfio;
using Passthrough.Bench.Workloads.Interrupts;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads.Dma;

/// <summary>How the thread learns of a completion.</summary>
internal enum CompletionWait
{
    /// <summary>It reads the completion queue until the phase changes; the device is asked for no interrupt.</summary>
    Poll,

    /// <summary>It blocks in the read of the event descriptor that the interrupt signals.</summary>
    Block,

    /// <summary>It spins over non-blocking reads of the event descriptor, which leaves the scheduler's wake-up out.</summary>
    Spin,
}

/// <summary>
/// A controller that has been brought up for reading: its namespace, one queue pair, a buffer for every read in flight, and the way
/// to wait. What the NVMe workloads over VFIO have in common.
/// </summary>
internal sealed class NvmeSession : IDisposable
{
    private readonly ISystemCalls _system;
    private readonly PciAddress _address;
    private readonly NvmeController _controller;
    private CompletionEvent? _event;
    private ulong[] _prp1 = [];
    private ulong[] _prp2 = [];
    private InterruptCounts? _mark;
    private long _submissionMark;
    private long _completionMark;
    private long _completionsMark;
    private long _completions;
    private uint _blocksPerRead;

    private NvmeSession(ISystemCalls system, PciAddress address, NvmeController controller)
    {
        _system = system;
        _address = address;
        _controller = controller;
        Identity = controller.Identify();
        Namespace = controller.IdentifyFirstNamespace();
    }

    /// <summary>The controller.</summary>
    public ControllerIdentity Identity { get; }

    /// <summary>What is read.</summary>
    public NamespaceIdentity Namespace { get; }

    /// <summary>The queue pair.</summary>
    public NvmeQueue Queue { get; private set; } = null!;

    /// <summary>Where the data goes.</summary>
    public DmaBuffer Buffer { get; private set; } = null!;

    /// <summary>Reads that the namespace has room for.</summary>
    public ulong Places { get; private set; }

    /// <summary>The interrupt's number in /proc/interrupts; null when polling or when its row was not found.</summary>
    public string? Interrupt => _event?.Interrupt;

    /// <summary>Checksum of the namespace's first read as it arrived through DMA.</summary>
    public uint FirstReadChecksum { get; private set; }

    /// <summary>Opens the controller of a function on vfio-pci and reads who it is; the interface that was used is written into the parameters.</summary>
    public static NvmeSession Open(ISystemCalls system, ParameterSet parameters, PciAddress address, VfioBackend backend)
    {
        VfioFunctions.RequireVfioPci(system, address);
        VfioFunctions.RequireNvme(system, address);
        NvmeController controller = NvmeController.Open(system, address, backend);
        try
        {
            parameters.Resolve("backend", controller.Device.Space.Backend);
            return new NvmeSession(system, address, controller);
        }
        catch
        {
            controller.Dispose();
            throw;
        }
    }

    /// <summary>Makes the queue pair and the buffers.</summary>
    /// <param name="parameters">For the sentence about a wrong block size.</param>
    /// <param name="readBytes">Bytes of one read.</param>
    /// <param name="depth">Reads in flight at most.</param>
    /// <param name="batch">Reads that are announced or acknowledged together.</param>
    /// <param name="bufferBytes">The whole buffer.</param>
    /// <param name="pages">Pages behind it.</param>
    /// <param name="smallIommuPages">Places the buffer so that the IOMMU uses pages of 4 KiB.</param>
    /// <param name="wait">How completions are waited for.</param>
    public void Prepare(ParameterSet parameters, int readBytes, int depth, int batch, long bufferBytes, PageKind pages, bool smallIommuPages, CompletionWait wait)
    {
        if (readBytes % Namespace.BlockBytes != 0)
        {
            throw parameters.Wrong("blockSize", string.Create(CultureInfo.InvariantCulture,
                $"a multiple of the logical block of {_address}'s namespace, {Namespace.BlockBytes} bytes"));
        }

        if (Identity.MaxTransferBytes is { } most && readBytes > most)
        {
            throw parameters.Wrong("blockSize", string.Create(CultureInfo.InvariantCulture, $"at most {most}, the largest transfer of {_address}"));
        }

        _blocksPerRead = (uint)(readBytes / Namespace.BlockBytes);
        Places = Namespace.Blocks / _blocksPerRead;
        if (Places == 0)
        {
            throw new BenchException($"the namespace of {_address} is smaller than one read of {readBytes} bytes.");
        }

        if (wait != CompletionWait.Poll)
        {
            _event = new CompletionEvent(_system, _controller, _address, wait == CompletionWait.Spin);
        }

        // A ring holds one less than its entries. Completions that were taken and not yet acknowledged hold places as well.
        Queue = _controller.CreateQueue(Math.Max(2, depth + batch + 1), _event?.Vector);
        Buffer = _controller.MapBuffer(bufferBytes, pages, smallIommuPages);
    }

    /// <summary>Computes where the reads of each slot go, so that nothing is computed in the measured loop.</summary>
    /// <param name="slots">Slots.</param>
    /// <param name="readBytes">Bytes of one read.</param>
    /// <param name="offset">Where a slot lies in the buffer: a page's beginning.</param>
    public unsafe void Place(int slots, int readBytes, Func<int, long> offset)
    {
        _prp1 = new ulong[slots];
        _prp2 = new ulong[slots];
        bool lists = PrpList.EntriesFor(0, readBytes) > 0;
        DmaBuffer? list = lists ? _controller.MapBuffer((long)slots * PrpList.PageBytes, PageKind.Base4K) : null;
        for (int slot = 0; slot < slots; slot++)
        {
            _prp1[slot] = Buffer.Iova + (ulong)offset(slot);
            long at = (long)slot * PrpList.PageBytes;
            // Safe: each slot has a page of the list's memory, which the controller keeps until it is shut down.
            Span<ulong> entries = list is null ? [] : new Span<ulong>((void*)(list.Address + (nint)at), PrpList.MaxEntries);
            _prp2[slot] = PrpList.Fill(_prp1[slot], readBytes, entries, list is null ? 0 : list.Iova + (ulong)at);
        }
    }

    /// <summary>Puts the read of a place into a slot's buffer; it is announced with the queue's next doorbell.</summary>
    public void Put(int id, int slot, ulong place) =>
        Queue.Put(NvmeCommand.Read((ushort)id, Namespace.Id, place * _blocksPerRead, (ushort)_blocksPerRead, _prp1[slot], _prp2[slot]));

    /// <summary>Waits for a completion.</summary>
    public void Await()
    {
        if (_event is null)
        {
            _controller.Await(Queue, "a read");
        }
        else
        {
            _event.Await(Queue);
        }
    }

    /// <summary>Takes one completion, if there is one, and throws where it is an error.</summary>
    public bool TryReap(out int id)
    {
        if (!Queue.TryReap(out NvmeCompletion completion))
        {
            id = 0;
            return false;
        }

        id = completion.Id;
        if (completion.Status != 0)
        {
            throw _controller.Refused("a read", completion.Status);
        }

        _completions++;
        return true;
    }

    /// <summary>Marks the time in which a silent device is missed.</summary>
    public bool Waiting
    {
        set
        {
            if (_event is not null)
            {
                _event.Waiting = value;
            }
        }
    }

    /// <summary>
    /// Reads the namespace's beginning into slots and looks whether it arrived. An IOMMU that translates wrongly completes reads whose
    /// data went elsewhere, and their speed would be told as that of a working device.
    /// </summary>
    /// <param name="slots">Slots.</param>
    /// <param name="readBytes">Bytes of one read.</param>
    /// <param name="offset">Where a slot lies in the buffer.</param>
    /// <param name="step">Looks at every so many of them.</param>
    public void Verify(int slots, int readBytes, Func<int, long> offset, int step = 1)
    {
        Waiting = true;
        for (int slot = 0; slot < slots; slot += step)
        {
            // Data that happens to equal the first filling cannot equal the second as well.
            if (!Arrives(slot, readBytes, offset(slot), 0xA5) && !Arrives(slot, readBytes, offset(slot), 0x5A))
            {
                throw new BenchException($"{_address} says that it read, and its data did not arrive: the IOMMU translates its DMA to another place than was mapped, "
                    + "or the controller does not follow its page lists.");
            }
        }

        Waiting = false;
    }

    /// <summary>Remembers where counters stand.</summary>
    public void Mark()
    {
        _submissionMark = Queue.SubmissionDoorbells;
        _completionMark = Queue.CompletionDoorbells;
        _completionsMark = _completions;
        _mark = Interrupt is null ? null : InterruptCounts.Read(_system);
    }

    /// <summary>Counters since the mark.</summary>
    public Dictionary<string, double> Witness(int? cpu)
    {
        long completions = _completions - _completionsMark;
        long submissionBells = Queue.SubmissionDoorbells - _submissionMark;
        long completionBells = Queue.CompletionDoorbells - _completionMark;
        var witness = new Dictionary<string, double>
        {
            ["completions"] = completions,
            ["submissionDoorbells"] = submissionBells,
            ["completionDoorbells"] = completionBells,
            ["emulatedController"] = Identity.IsEmulated ? 1 : 0,
            ["firstReadChecksum"] = FirstReadChecksum,
            ["iovaAlignmentBytes"] = Buffer.IovaAlignmentBytes,
        };
        if (completions > 0)
        {
            witness["doorbellsPerCommand"] = (submissionBells + completionBells) / (double)completions;
        }

        if (Buffer.Pages is { } pages)
        {
            witness["hugePageBytes"] = pages.HugeBytes + pages.GiganticBytes;
        }

        if (_mark is { } mark && Interrupt is { } number && InterruptCounts.Read(_system) is { } now
            && now.Total(number) - mark.Total(number) is { } total)
        {
            witness["interrupts"] = total;
            if (cpu is { } on && total > 0 && now.OnCpu(number, on) - mark.OnCpu(number, on) is { } onCpu)
            {
                witness["onThreadCpu"] = onCpu / (double)total;
            }
        }

        return witness;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _event?.Dispose();
        _controller.Dispose();
    }

    private unsafe bool Arrives(int slot, int readBytes, long offset, byte filling)
    {
        // Safe: the slot lies inside the buffer, which lives until Dispose.
        var data = new Span<byte>((void*)(Buffer.Address + (nint)offset), readBytes);
        data.Fill(filling);
        Put(0, slot, 0);
        Queue.Ring();
        Await();
        _ = TryReap(out _);
        Queue.Acknowledge();
        FirstReadChecksum = Checksum.Of(data);
        // Every page has to come: a wrong entry of the list loses one page only.
        for (int at = 0; at < readBytes; at += Math.Min(PrpList.PageBytes, readBytes))
        {
            if (data.Slice(at, Math.Min(512, readBytes - at)).IndexOfAnyExcept(filling) < 0)
            {
                return false;
            }
        }

        return true;
    }
}
