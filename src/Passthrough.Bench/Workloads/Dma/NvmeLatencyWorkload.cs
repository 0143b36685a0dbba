using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Vfio;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads.Dma;

/// <summary>
/// One read at a time by a driver of this process's own: from right before its doorbell until its completion is seen. Polled it is
/// the device's answer and the doorbell's cost; with an interrupt, that interrupt's way on top.
/// </summary>
internal sealed class NvmeLatencyWorkload : IWorkload, IRunsOnCpu, IHasInterrupt
{
    private readonly ISystemCalls _system;
    private readonly ParameterSet _parameters;
    private readonly PciAddress _device;
    private readonly VfioBackend _backend;
    private readonly PageKind _kind;
    private readonly CompletionWait _wait;
    private readonly int _readBytes;
    private readonly bool _random;
    private readonly long _seed;
    private NvmeSession? _session;
    private ReadPlaces _places;

    /// <summary>Checks the parameters; nothing is opened.</summary>
    public NvmeLatencyWorkload(ISystemCalls system, ParameterSet parameters, PciAddress device)
    {
        _system = system;
        _parameters = parameters;
        _device = device;
        _backend = VfioFunctions.Backend(parameters);
        _kind = VfioFunctions.Pages(parameters, "4k", "2m", "thp");
        _wait = NvmeVfioWorkload.WaitOf(parameters);
        _readBytes = (int)parameters.Multiple("blockSize", 512, 2 << 20);
        _random = parameters.Choice("pattern", "random", "sequential") == "random";
        _seed = parameters.Number("seed", 0, long.MaxValue);
        Cpu = parameters.OptionalNumber("cpu");
    }

    /// <inheritdoc />
    public int? Cpu { get; }

    /// <inheritdoc />
    public string? Interrupt => _session?.Interrupt;

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Parameters => _parameters.Values;

    /// <inheritdoc />
    public void Prepare()
    {
        _session = NvmeSession.Open(_system, _parameters, _device, _backend);
        _session.Prepare(_parameters, _readBytes, depth: 1, batch: 1, _readBytes, _kind, smallIommuPages: false, _wait);
        _session.Place(1, _readBytes, static _ => 0);
        _session.Verify(1, _readBytes, static _ => 0);
        _places = new ReadPlaces(_session.Places, _random, _seed);
    }

    /// <inheritdoc />
    public void MarkWitness() => _session!.Mark();

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        NvmeSession session = _session!;
        session.Waiting = true;
        while (stage.Goes)
        {
            session.Put(0, 0, _places.Next());
            long startNs = Clock.NowNs;
            session.Queue.Ring();
            session.Await();
            long endNs = Clock.NowNs;
            _ = session.TryReap(out _);
            session.Queue.Acknowledge();
            stage.Record(endNs - startNs, _readBytes);
        }

        session.Waiting = false;
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Witness() => _session!.Witness(Cpu);

    /// <inheritdoc />
    public void Dispose() => _session?.Dispose();
}
