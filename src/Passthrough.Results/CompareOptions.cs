namespace Passthrough.Results;

/// <summary>How two sets of runs are judged.</summary>
public sealed record CompareOptions
{
    /// <summary>The defaults.</summary>
    public static readonly CompareOptions Default = new();

    /// <summary>Relative change that matters in practice: 0.03 means three percent.</summary>
    public double Threshold { get; init; } = 0.03;

    /// <summary>Confidence of the intervals.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>The variant that others are compared with; null: "untuned", else "before", else "reference", else the first one seen.</summary>
    public string? Baseline { get; init; }

    /// <summary>Workload names declared before the runs as what decides (at most four are sensible): corrected together by Holm.</summary>
    public IReadOnlyList<string> Primaries { get; init; } = [];

    /// <summary>Seed of the bootstrap.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Also compares the runs' p99 of latency.</summary>
    public bool IncludeTails { get; init; }
}
