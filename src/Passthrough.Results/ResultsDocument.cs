namespace Passthrough.Results;

/// <summary><c>ptdiag.results/1</c>: the runs of one study, with the machine and the design they were made under.</summary>
public sealed record ResultsDocument
{
    /// <summary>Always <c>ptdiag.results/1</c>.</summary>
    public string Schema { get; init; } = "ptdiag.results/1";

    /// <summary>What wrote it.</summary>
    public required ToolIdentity Tool { get; init; }

    /// <summary>Where it was measured.</summary>
    public required MachineSummary Machine { get; init; }

    /// <summary>How runs were scheduled.</summary>
    public required StudyDesign Design { get; init; }

    /// <summary>One entry a run and metric, in run order.</summary>
    public required IReadOnlyList<WorkloadRun> Workloads { get; init; }

    /// <summary>Workloads that could not run here, with the reason.</summary>
    public IReadOnlyList<SkippedWorkload> Skipped { get; init; } = [];
}

/// <summary>Name and version of the tool.</summary>
public sealed record ToolIdentity(string Name, string Version);

/// <summary>The machine a result was measured on; unknown is null.</summary>
public sealed record MachineSummary
{
    /// <summary>Kernel release.</summary>
    public string? Kernel { get; init; }

    /// <summary>Command line.</summary>
    public string? Cmdline { get; init; }

    /// <summary>intel, amd, arm.</summary>
    public string? CpuVendor { get; init; }

    /// <summary>Model name.</summary>
    public string? CpuModel { get; init; }

    /// <summary>CPUs online.</summary>
    public int? Cpus { get; init; }

    /// <summary>NUMA nodes.</summary>
    public int? Nodes { get; init; }

    /// <summary>Memory.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Vendor of the IOMMU.</summary>
    public string? IommuVendor { get; init; }

    /// <summary>Current clock source.</summary>
    public string? Clocksource { get; init; }

    /// <summary>Name of the lab machine it is, null elsewhere.</summary>
    public string? LabMachine { get; init; }

    /// <summary>tcg, kvm; null where not a lab guest.</summary>
    public string? Accelerator { get; init; }

    /// <summary>True when the accelerator emulates or a measured device is an emulated model: functional only.</summary>
    public required bool Emulated { get; init; }

    /// <summary>Why it counts as emulated, a sentence; null when it does not.</summary>
    public string? EmulatedReason { get; init; }
}

/// <summary>How runs were scheduled.</summary>
/// <param name="Seed">Seed of the block order.</param>
/// <param name="Blocks">Blocks.</param>
/// <param name="Order">Variants in the order they ran, one entry a run.</param>
/// <param name="Unit">What counts as one observation: run, boot or process.</param>
public sealed record StudyDesign(long Seed, int Blocks, IReadOnlyList<string> Order, string Unit);

/// <summary>One run of one workload under one variant, reduced to one value, with its distribution.</summary>
public sealed record WorkloadRun
{
    /// <summary>Workload name, for example <c>dma.nvme.read</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Parameters that identify it (block size, depth …), ordinal order.</summary>
    public required IReadOnlyDictionary<string, string> Parameters { get; init; }

    /// <summary>throughput or latency.</summary>
    public required string Metric { get; init; }

    /// <summary>bytesPerSecond, nanoseconds or perSecond.</summary>
    public required string Unit { get; init; }

    /// <summary>Variant: "untuned", "tuned", "untuned-again" (the A/A pair) or "only".</summary>
    public required string Variant { get; init; }

    /// <summary>Which knob the variant turns, for example "hugepages"; null for a single variant.</summary>
    public string? Factor { get; init; }

    /// <summary>0-based run number within the workload and variant.</summary>
    public required int Run { get; init; }

    /// <summary>0-based block.</summary>
    public required int Block { get; init; }

    /// <summary>The run's value: throughput, or the median latency. Null when the run was rejected.</summary>
    public required double? Value { get; init; }

    /// <summary>Percentiles of the run's samples; null where the samples do not carry them.</summary>
    public Percentiles? Percentiles { get; init; }

    /// <summary>Samples recorded.</summary>
    public required long Samples { get; init; }

    /// <summary>HdrHistogram, compressed V2 encoding in base64, nanoseconds; null for throughput without latencies.</summary>
    public string? Histogram { get; init; }

    /// <summary>Counters that should have moved.</summary>
    public required IReadOnlyDictionary<string, double> Witness { get; init; }

    /// <summary>The pre-declared rule that rejected the run; null when it counts.</summary>
    public string? Rejected { get; init; }

    /// <summary>
    /// The measured stage in equal slices of time: median latency, or throughput, of each that holds an operation, in the run's unit. Null where it was not recorded.
    /// </summary>
    public IReadOnlyList<double>? Slices { get; init; }

    /// <summary>Why the run counts as not steady, a sentence; null when no change was found or <see cref="Slices"/> are too few to say. Such a run still counts.</summary>
    public string? Unsteady { get; init; }

    /// <summary>Garbage collections during the measured stage.</summary>
    public int? Collections { get; init; }

    /// <summary>Bytes that the measuring thread allocated during the measured stage.</summary>
    public long? AllocatedBytes { get; init; }

    /// <summary>Methods that the process compiled during the measured stage; 0 in a program that was compiled ahead of time.</summary>
    public long? JitMethods { get; init; }

    /// <summary>What else could have moved the figure; null where it was not recorded.</summary>
    public RunConditions? Conditions { get; init; }
}

/// <summary>
/// Percentiles of the latency of one operation, nanoseconds, also beside a throughput; null where too few samples bound them (p99 needs 368,
/// p99.9 needs 3688, p99.99 needs 36887).
/// </summary>
public sealed record Percentiles(double? P50, double? P99, double? P999, double? P9999 = null);

/// <summary>A workload that could not run here.</summary>
/// <param name="Name">The workload, with what of it in brackets.</param>
/// <param name="Reason">Why, a sentence.</param>
/// <param name="Factor">The knob that stays unmeasured by it; null when none does.</param>
public sealed record SkippedWorkload(string Name, string Reason, string? Factor = null);
