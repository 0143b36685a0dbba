using System.Text.Json.Serialization;

namespace Passthrough.Results;

/// <summary><c>ptdiag.comparison/1</c>.</summary>
public sealed record ComparisonDocument
{
    /// <summary>Always <c>ptdiag.comparison/1</c>.</summary>
    public string Schema { get; init; } = "ptdiag.comparison/1";

    /// <summary>What wrote it.</summary>
    public required ToolIdentity Tool { get; init; }

    /// <summary>One entry a workload, factor and metric.</summary>
    public required IReadOnlyList<Comparison> Comparisons { get; init; }

    /// <summary>Claims that were asked about.</summary>
    public IReadOnlyList<Claim> Claims { get; init; } = [];

    /// <summary>Why no number here says anything of hardware (a machine was emulated), a sentence; null when none was.</summary>
    public string? FunctionalOnly { get; init; }

    /// <summary>What a reader must know of the whole: how the machines differ, what had no counterpart. Sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>A before/after difference stated honestly.</summary>
public sealed record Comparison
{
    /// <summary>Workload name.</summary>
    public required string Workload { get; init; }

    /// <summary>Parameters.</summary>
    public required IReadOnlyDictionary<string, string> Parameters { get; init; }

    /// <summary>The knob, where one was named.</summary>
    public string? Factor { get; init; }

    /// <summary>throughput or latency.</summary>
    public required string Metric { get; init; }

    /// <summary>Unit of the values.</summary>
    public required string Unit { get; init; }

    /// <summary>Before variant's name.</summary>
    public required string Before { get; init; }

    /// <summary>After variant's name.</summary>
    public required string After { get; init; }

    /// <summary>Median before; null without runs.</summary>
    public required double? BeforeMedian { get; init; }

    /// <summary>Median after.</summary>
    public required double? AfterMedian { get; init; }

    /// <summary>after / before (Hodges–Lehmann of log ratios); null with too few runs.</summary>
    public required double? Ratio { get; init; }

    /// <summary>Lower bound of the ratio's interval.</summary>
    public required double? Low { get; init; }

    /// <summary>Upper bound.</summary>
    public required double? High { get; init; }

    /// <summary>Confidence of the interval, 0.95.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>Runs on each side.</summary>
    public required RunCounts N { get; init; }

    /// <summary>How the interval was made, in words.</summary>
    public required string Method { get; init; }

    /// <summary>Practical threshold: 0.03 means three percent.</summary>
    public required double Threshold { get; init; }

    /// <summary>The judgement.</summary>
    public required ComparisonVerdict Verdict { get; init; }

    /// <summary>Interval of the A/A pair; null when none was measured.</summary>
    public required Band? NoiseFloor { get; init; }

    /// <summary>Smallest relative change this design could have seen (80 % power); null when not computable.</summary>
    public required double? MinimumDetectable { get; init; }

    /// <summary>The counter that should have moved; null when the workload has none for this factor.</summary>
    public required Witness? Witness { get; init; }

    /// <summary>What of a run was compared: <c>value</c> (throughput, or median latency) or <c>p99</c>.</summary>
    public string Statistic { get; init; } = "value";

    /// <summary>Two-sided probability of ranks at least as far apart when nothing differs; null without a ratio.</summary>
    public double? PValue { get; init; }

    /// <summary>The same after Holm's correction over the declared primaries; null for all others.</summary>
    public double? AdjustedPValue { get; init; }

    /// <summary>True when primaries were declared and this is none of them: a hint, not a result.</summary>
    public bool Exploratory { get; init; }

    /// <summary>Probability that a run after is better than a run before (0.5: no difference); null without runs or direction.</summary>
    public double? ProbabilityBetter { get; init; }

    /// <summary>Runs left out by a pre-declared rule or without a value.</summary>
    public RunCounts Rejected { get; init; } = new(0, 0);

    /// <summary>Parameters that differ between the sides: the knob.</summary>
    public IReadOnlyList<ChangedParameter> Changed { get; init; } = [];

    /// <summary>
    /// BCa bootstrap of the same runs, for percentiles only. <see cref="Low"/> and <see cref="High"/> stay those of the rank test, which
    /// cover what they say; better and worse need both intervals.
    /// </summary>
    public BootstrapBand? Bootstrap { get; init; }

    /// <summary>What else than the knob differs between the sides, by what was recorded with each run.</summary>
    public IReadOnlyList<Confounder> Confounders { get; init; } = [];

    /// <summary>The runs left out by a pre-declared rule, each with the rule.</summary>
    public IReadOnlyList<RejectedRun> RejectedRuns { get; init; } = [];

    /// <summary>Runs that count and did not reach a steady state.</summary>
    public RunCounts Unsteady { get; init; } = new(0, 0);

    /// <summary>What a reader must know of this difference. Sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>A bootstrapped ratio.</summary>
/// <param name="Ratio">Geometric mean of after / before.</param>
/// <param name="Low">Lower bound.</param>
/// <param name="High">Upper bound.</param>
/// <param name="Resamples">Resamples of whole blocks, or of whole runs where they are not paired.</param>
/// <param name="Seed">Seed of the generator: the same runs and seed give the same bounds.</param>
public sealed record BootstrapBand(double Ratio, double Low, double High, int Resamples, long Seed);

/// <summary>A condition that differs between the sides.</summary>
public sealed record Confounder(string Name, string Before, string After);

/// <summary>A run that does not count.</summary>
/// <param name="Variant">Variant.</param>
/// <param name="Run">0-based number.</param>
/// <param name="Block">0-based block.</param>
/// <param name="Rule">The rule.</param>
public sealed record RejectedRun(string Variant, int Run, int Block, string Rule);

/// <summary>A parameter whose value differs between the sides; null where a side does not have it.</summary>
public sealed record ChangedParameter(string Name, string? Before, string? After);

/// <summary>Runs on each side.</summary>
public sealed record RunCounts(int Before, int After);

/// <summary>An interval.</summary>
public sealed record Band(double Low, double High);

/// <summary>A counter before and after.</summary>
public sealed record Witness(string Name, double Before, double After, bool Moved);

/// <summary>The five words.</summary>
public enum ComparisonVerdict
{
    /// <summary>The whole interval lies beyond the threshold on the good side.</summary>
    Better,

    /// <summary>The whole interval lies beyond the threshold on the bad side.</summary>
    Worse,

    /// <summary>The whole interval lies within the threshold.</summary>
    NoDifference,

    /// <summary>The interval neither excludes nor proves a difference, or overlaps the noise floor.</summary>
    Inconclusive,

    /// <summary>Fewer than 6 paired blocks or 5+5 runs.</summary>
    TooFewRuns,
}

/// <summary>A claim ("hugepages +20 %") and what the runs say of it.</summary>
/// <param name="Text">The claim as it was put.</param>
/// <param name="Verdict">supported, contradicted, notTestable or inconclusive.</param>
/// <param name="Reason">A sentence.</param>
/// <param name="Comparison">Workload and factor of the comparison it rests on; null when there is none.</param>
public sealed record Claim([property: JsonPropertyName("claim")] string Text, string Verdict, string Reason, string? Comparison)
{
    /// <summary>The knob that the claim speaks of; null in documents of versions that did not write it.</summary>
    public string? Factor { get; init; }

    /// <summary>The gain claimed: 0.2 means latency 20 % lower, or throughput 20 % higher.</summary>
    public double? ClaimedGain { get; init; }

    /// <summary>The gain measured; null without one.</summary>
    public double? Gain { get; init; }

    /// <summary>Lower bound of its interval.</summary>
    public double? Low { get; init; }

    /// <summary>Upper bound.</summary>
    public double? High { get; init; }

    /// <summary>True when the answer holds for an emulated machine only and says nothing of hardware.</summary>
    public bool FunctionalOnly { get; init; }
}
