namespace Passthrough.Results.Agreeing;

/// <summary>What of two programs must agree, and how well.</summary>
/// <param name="Statistic">What is compared.</param>
/// <param name="Relative">Largest relative difference: 0.03 means three percent.</param>
/// <param name="Absolute">A difference below this, in the statistic's unit, agrees too; null for none.</param>
/// <param name="AtLeast">Where given, no agreement is asked for but a ratio of ours to the reference of at least this.</param>
public sealed record AgreementRule(AgreementStatistic Statistic, double Relative, double? Absolute = null, double? AtLeast = null)
{
    /// <summary>The tolerance as a share of the reference: the larger of the relative and the absolute one.</summary>
    /// <param name="referenceMedian">Median of the reference; null when nothing was measured.</param>
    public double? ToleranceAt(double? referenceMedian) =>
        Absolute is not { } absolute ? Relative
        : referenceMedian is { } median && median > 0 ? Math.Max(Relative, absolute / median)
        : null;
}

/// <summary>What of a run is compared.</summary>
public enum AgreementStatistic
{
    /// <summary>The run's value.</summary>
    Value,

    /// <summary>Its median latency.</summary>
    P50,

    /// <summary>Its 99th percentile of latency.</summary>
    P99,
}

/// <summary>The words of an agreement.</summary>
public enum AgreementVerdict
{
    /// <summary>The whole interval lies within the tolerance, on a machine that agrees with itself to half of it.</summary>
    Agrees,

    /// <summary>The whole interval lies outside the tolerance and outside of the reference's interval against itself.</summary>
    Differs,

    /// <summary>The whole interval lies at or above the ratio asked for.</summary>
    AtLeast,

    /// <summary>The whole interval lies below the ratio asked for.</summary>
    Below,

    /// <summary>The interval lies across a limit.</summary>
    Inconclusive,

    /// <summary>The reference differs from itself by more than half of the tolerance.</summary>
    NotDecidable,

    /// <summary>Too few blocks have an interval.</summary>
    TooFewBlocks,
}

/// <summary>What the runs say of one rule.</summary>
public sealed record AgreementResult
{
    /// <summary>The rule.</summary>
    public required AgreementRule Rule { get; init; }

    /// <summary>Blocks in which both the reference and ours ran.</summary>
    public required int Blocks { get; init; }

    /// <summary>Median of the reference's runs.</summary>
    public required double? ReferenceMedian { get; init; }

    /// <summary>Median of our runs.</summary>
    public required double? OursMedian { get; init; }

    /// <summary>Relative standard deviation of the reference's runs.</summary>
    public required double? ReferenceSpread { get; init; }

    /// <summary>Relative standard deviation of our runs.</summary>
    public required double? OursSpread { get; init; }

    /// <summary>Interval of the reference against itself.</summary>
    public required Band? Floor { get; init; }

    /// <summary>Ours / reference.</summary>
    public required double? Ratio { get; init; }

    /// <summary>Its interval.</summary>
    public required Band? Interval { get; init; }

    /// <summary>Confidence of <see cref="Interval"/>.</summary>
    public required double Confidence { get; init; }

    /// <summary>The tolerance as a share, with an absolute one turned into it.</summary>
    public required double? Tolerance { get; init; }

    /// <summary>The word.</summary>
    public required AgreementVerdict Verdict { get; init; }

    /// <summary>More blocks cannot be expected to change the word.</summary>
    public bool IsSettled => Verdict is AgreementVerdict.Agrees or AgreementVerdict.Differs or AgreementVerdict.AtLeast or AgreementVerdict.Below;
}
