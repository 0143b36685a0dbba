using Passthrough.Results;

namespace Passthrough.Bench.Engine;

/// <summary>
/// Percentiles only where the samples bound them: for an upper bound with 97.5 % confidence, p99 needs 368 independent
/// samples (0.99^368 ≤ 0.025), p99.9 needs 3688 and p99.99 needs 36887.
/// </summary>
internal static class PercentilePolicy
{
    public const long SamplesForP99 = 368;
    public const long SamplesForP999 = 3688;
    public const long SamplesForP9999 = 36_887;

    /// <summary>The stage's percentiles in nanoseconds; null without samples.</summary>
    public static Percentiles? Of(Stage stage)
    {
        long samples = stage.Samples;
        return samples == 0 ? null : new Percentiles(
            At(stage, 50),
            samples >= SamplesForP99 ? At(stage, 99) : null,
            samples >= SamplesForP999 ? At(stage, 99.9) : null,
            samples >= SamplesForP9999 ? At(stage, 99.99) : null);
    }

    /// <summary>Nanoseconds of one operation at a percentile; of batches, their mean per operation with its fraction.</summary>
    public static double At(Stage stage, double percentile) => stage.BatchSize == 1
        ? stage.Latencies.GetValueAtPercentile(percentile)
        : stage.Batches.GetValueAtPercentile(percentile) / (double)stage.BatchSize;
}
