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
        _kind = parameters.Choice("pages", "4k", "2m", "thp") switch
        {
            "2m" => PageKind.Huge2M,
            "thp" => PageKind.Transparent,
            _ => PageKind.Base4K,
        };
        _bytes = parameters.Multiple("sizeBytes", MemoryRegion.HugePageBytes, 1L << 40);
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
        ChaseMemory.Fill(_region.Address, _bytes, _seed);
        _pages = PageCheck.Verify(_region);
        _at = _region.Address;
        if (_node is { } node && NumaPlacement.ShareOnNode(_system, _region, node) is { } share and < 1)
        {
            throw new BenchException($"the memory was bound to node {node}, and only {share:P0} of it lies there.");
        }
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
            witness["hugePageBytes"] = pages.HugeBytes;
        }

        if (WitnessNode() is { } node && NumaPlacement.ShareOnNode(_system, _region!, node) is { } share)
        {
            witness["pagesOnNode"] = share;
        }

        return witness;
    }

    /// <inheritdoc />
    public void Dispose() => _region?.Dispose();

    /// <summary>
    /// The node that pages should lie on: the one of the CPU that loads them, which is what a placement can gain from;
    /// where no CPU was asked for, the node that the memory was bound to.
    /// </summary>
    private int? WitnessNode()
    {
        if (Cpu is not { } cpu || _system.List($"/sys/devices/system/cpu/cpu{cpu}", out IReadOnlyList<string> names) < 0)
        {
            return _node;
        }

        foreach (string name in names)
        {
            if (name.StartsWith("node", StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(4), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int node))
            {
                return node;
            }
        }

        return _node;
    }
}
