using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Nvme;
using Passthrough.Bench.Vfio;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads.Dma;

/// <summary>
/// Reads of an NVMe namespace by a driver of this process's own, with a constant number taken (closed loop). A doorbell announces a
/// whole batch, so reads wait until their batch is complete; the latency of a read runs from its doorbell to its reaping.
/// </summary>
internal sealed class NvmeVfioWorkload : IWorkload, IRunsOnCpu, IHasInterrupt
{
    private readonly ISystemCalls _system;
    private readonly ParameterSet _parameters;
    private readonly PciAddress _device;
    private readonly VfioBackend _backend;
    private readonly PageKind _kind;
    private readonly CompletionWait _wait;
    private readonly int _readBytes;
    private readonly int _slotBytes;
    private readonly int _depth;
    private readonly int _batch;
    private readonly bool _random;
    private readonly long _seed;
    private readonly long[] _startNs;
    private readonly int[] _queued;
    private NvmeSession? _session;
    private ReadPlaces _places;
    private int _queuedCount;
    private int _inFlight;
    private int _unacknowledged;

    /// <summary>Checks the parameters; nothing is opened.</summary>
    public NvmeVfioWorkload(ISystemCalls system, ParameterSet parameters, PciAddress device)
    {
        _system = system;
        _parameters = parameters;
        _device = device;
        _backend = VfioFunctions.Backend(parameters);
        _kind = VfioFunctions.Pages(parameters, "4k", "2m", "thp");
        _wait = WaitOf(parameters);
        _readBytes = (int)parameters.Multiple("blockSize", 512, 2 << 20);
        _slotBytes = (_readBytes + PrpList.PageBytes - 1) / PrpList.PageBytes * PrpList.PageBytes;
        _depth = (int)parameters.Number("depth", 1, 1024);
        // With fewer reads than a batch no doorbell would ever be due.
        _batch = (int)parameters.Number("batch", 1, _depth);
        _random = parameters.Choice("pattern", "random", "sequential") == "random";
        _seed = parameters.Number("seed", 0, long.MaxValue);
        Cpu = parameters.OptionalNumber("cpu");
        _startNs = new long[_depth];
        _queued = new int[_depth];
    }

    /// <inheritdoc />
    public int? Cpu { get; }

    /// <inheritdoc />
    public string? Interrupt => _session?.Interrupt;

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Parameters => _parameters.Values;

    /// <summary>The parameter "wait" in the terms of the session.</summary>
    public static CompletionWait WaitOf(ParameterSet parameters) => parameters.Choice("wait", "poll", "block", "spin") switch
    {
        "block" => CompletionWait.Block,
        "spin" => CompletionWait.Spin,
        _ => CompletionWait.Poll,
    };

    /// <inheritdoc />
    public void Prepare()
    {
        _session = NvmeSession.Open(_system, _parameters, _device, _backend);
        _session.Prepare(_parameters, _readBytes, _depth, _batch, (long)_slotBytes * _depth, _kind, smallIommuPages: false, _wait);
        _session.Place(_depth, _readBytes, OffsetOf);
        _session.Verify(_depth, _readBytes, OffsetOf);
        _places = new ReadPlaces(_session.Places, _random, _seed);
    }

    /// <inheritdoc />
    public void MarkWitness() => _session!.Mark();

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        NvmeSession session = _session!;
        session.Waiting = true;
        for (int slot = 0; slot < _depth; slot++)
        {
            Queue(session, slot);
        }

        bool goes = true;
        while (_inFlight > 0)
        {
            session.Await();
            while (session.TryReap(out int slot))
            {
                // One reading for all that is reaped here would lie before the doorbell of a read that was announced meanwhile.
                long nowNs = Clock.NowNs;
                _inFlight--;
                _unacknowledged++;
                // Reads that end after the stage are waited for, since their buffer is in use, and do not count.
                goes = goes && stage.Goes;
                if (goes)
                {
                    stage.Record(nowNs - _startNs[slot], _readBytes);
                    Queue(session, slot);
                }
                else
                {
                    stage.End();
                }
            }

            Acknowledge(session, _batch);
        }

        // What waits for its batch to become complete was never announced.
        session.Queue.TakeBack();
        _queuedCount = 0;
        Acknowledge(session, 1);
        session.Waiting = false;
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Witness() => _session!.Witness(Cpu);

    /// <inheritdoc />
    public void Dispose() => _session?.Dispose();

    private long OffsetOf(int slot) => (long)slot * _slotBytes;

    private void Queue(NvmeSession session, int slot)
    {
        session.Put(slot, slot, _places.Next());
        _queued[_queuedCount++] = slot;
        if (_queuedCount == _batch)
        {
            long nowNs = Clock.NowNs;
            for (int i = 0; i < _queuedCount; i++)
            {
                _startNs[_queued[i]] = nowNs;
            }

            session.Queue.Ring();
            _inFlight += _queuedCount;
            _queuedCount = 0;
        }
    }

    private void Acknowledge(NvmeSession session, int least)
    {
        if (_unacknowledged >= least)
        {
            session.Queue.Acknowledge();
            _unacknowledged = 0;
        }
    }
}
