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
}

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
public sealed record Claim(string Text, string Verdict, string Reason, string? Comparison);
