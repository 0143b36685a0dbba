using Passthrough.Results;

namespace Passthrough.Tests.Results;

/// <summary>Results made by hand.</summary>
internal static class Documents
{
    public static readonly ToolIdentity Tool = new("ptdiag", "0.1.0");

    public static MachineSummary Machine => new()
    {
        Kernel = "6.12.0",
        CpuVendor = "intel",
        CpuModel = "Example CPU",
        Cpus = 8,
        MemoryBytes = 17179869184,
        Emulated = false,
    };

    public static ResultsDocument Of(params IEnumerable<WorkloadRun> runs) => new()
    {
        Tool = Tool,
        Machine = Machine,
        Design = new StudyDesign(42, 10, ["untuned", "tuned"], "run"),
        Workloads = [.. runs],
    };

    /// <summary>One run a block with these values.</summary>
    public static IEnumerable<WorkloadRun> Runs(string variant, IEnumerable<double> values, string metric = "latency", string? factor = "hugepages",
        string name = "mem.chase", int firstBlock = 0, IReadOnlyDictionary<string, string>? parameters = null, double? pages = null) =>
        values.Select((value, i) => new WorkloadRun
        {
            Name = name,
            Parameters = parameters ?? new Dictionary<string, string> { ["size"] = "64M" },
            Metric = metric,
            Unit = metric == "latency" ? "nanoseconds" : "bytesPerSecond",
            Variant = variant,
            Factor = factor,
            Run = i,
            Block = firstBlock + i,
            Value = value,
            Samples = 5000,
            Percentiles = new Percentiles(value, value * 2, null),
            Witness = pages is { } p ? new Dictionary<string, double> { ["hugePageBytes"] = p, ["aaa"] = i } : [],
        });

    /// <summary>n values around a centre with a fixed small spread.</summary>
    public static double[] Around(double centre, int n = 10, double spread = 0.002) =>
        [.. Enumerable.Range(0, n).Select(i => centre * (1 + (spread * (((i * 7) % n) - ((n - 1) / 2.0)) / n)))];
}
