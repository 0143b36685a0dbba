using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Memory;

/// <summary>
/// Latency of dependent loads. A load is too short for any clock, so a sample is the mean of a batch of loads: percentiles
/// are percentiles of batch means, not of single loads.
/// </summary>
internal sealed class MemoryChaseWorkload : IWorkload, IRunsOnCpu
{
    private readonly ISystemCalls _system;
    private readonly ParameterSet _parameters;
    private readonly PageKind _kind;
    private readonly long _bytes;
    private readonly int _strideBytes;
    private readonly int _batch;
    private readonly int? _node;
    private readonly ulong _seed;
    private MemoryRegion? _region;
    private RegionPages? _pages;
    private nint _at;

    /// <summary>Checks the parameters; nothing is allocated.</summary>
    public MemoryChaseWorkload(ISystemCalls system, ParameterSet parameters)
    {
        _system = system;
        _parameters = parameters;
        _kind = PageCheck.Kind(parameters);
        _bytes = parameters.Multiple("sizeBytes", PageCheck.UnitOf(_kind), 1L << 40);
        _strideBytes = parameters.Choice("line", "64", "128", "256") switch { "256" => 256, "128" => 128, _ => 64 };
        _batch = (int)parameters.Multiple("batch", 8, 1 << 20);
        _node = parameters.OptionalNumber("node");
        _seed = (ulong)parameters.Number("seed", 0, long.MaxValue);
        Cpu = parameters.OptionalNumber("cpu");
    }

    /// <inheritdoc />
    public int? Cpu { get; }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Parameters => _parameters.Values;

    /// <inheritdoc />
    public void Prepare()
    {
        _region = MemoryRegion.Allocate(_system, _bytes, _kind, _node);
        ChaseMemory.Fill(_region.Address, _bytes, _seed, _strideBytes);
        _pages = PageCheck.Verify(_region);
        _at = ChaseMemory.First(_region.Address, _strideBytes);
        NumaPlacement.Verify(_system, _region, _node);
    }

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        nint at = _at;
        while (stage.Goes)
        {
            long startNs = Clock.NowNs;
            at = ChaseMemory.Follow(at, _batch);
            stage.RecordBatch(Clock.NowNs - startNs, _batch, (long)_batch * ChaseMemory.LineBytes);
        }

        // Kept, so that the loads have a purpose that no compiler can remove.
        _at = at;
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Witness()
    {
        var witness = new Dictionary<string, double>();
        if (_pages is { } pages)
        {
            // Of 2 MiB or 1 GiB; which of the two, PageCheck has held against what was asked for.
            witness["hugePageBytes"] = pages.HugeBytes + pages.GiganticBytes;
        }

        // The CPU's own node is what a placement can gain from; where no CPU was asked for, the node the memory was bound to.
        if ((NumaPlacement.NodeOf(_system, Cpu) ?? _node) is { } node && NumaPlacement.ShareOnNode(_system, _region!, node) is { } share)
        {
            witness["pagesOnNode"] = share;
        }

        return witness;
    }

    /// <inheritdoc />
    public void Dispose() => _region?.Dispose();
}
