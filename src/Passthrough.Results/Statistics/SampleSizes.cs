namespace Passthrough.Results.Statistics;

/// <summary>How many runs or samples a statement needs.</summary>
public static class SampleSizes
{
    /// <summary>
    /// Fewest paired blocks that can reject at 5 %, two-sided: the smallest probability is 2^(1−n), 0.0625 for five and 0.031 for six.
    /// </summary>
    public const int PairedBlocks = 6;

    /// <summary>Fewest runs a side, unpaired. Four could reach 0.029; five reach 0.008 and leave room for a tie.</summary>
    public const int UnpairedRuns = 5;

    // (1.96 + 0.84)² · 2 · π/3: 5 % two-sided, 80 % power, two samples, and what a rank test needs more than a t-test on normal data.
    private const double TwoSamples = 16.4;

    /// <summary>
    /// Smallest relative change that 80 % of such designs would find at 5 %, from the spread within unpaired runs:
    /// n ≈ 16.4 / d² a side for a shift of d standard deviations, solved for d. 0.05 means five percent.
    /// Null below the fewest runs, and where the runs show no spread to compute from.
    /// </summary>
    /// <param name="logBefore">Logarithms of the runs before.</param>
    /// <param name="logAfter">Logarithms of the runs after.</param>
    public static double? DetectableUnpaired(IReadOnlyCollection<double> logBefore, IReadOnlyCollection<double> logAfter)
    {
        ArgumentNullException.ThrowIfNull(logBefore);
        ArgumentNullException.ThrowIfNull(logAfter);
        int n = logBefore.Count;
        int m = logAfter.Count;
        if (n < UnpairedRuns || m < UnpairedRuns)
        {
            return null;
        }

        double variance = (((n - 1) * Math.Pow(Quantiles.StandardDeviation(logBefore), 2))
            + ((m - 1) * Math.Pow(Quantiles.StandardDeviation(logAfter), 2))) / (n + m - 2);
        double size = 2.0 * n * m / (n + m);
        return Relative(Math.Sqrt(variance * TwoSamples / size));
    }

    /// <summary>The same for paired blocks: half as many are needed for a shift of d standard deviations of the differences.</summary>
    public static double? DetectablePaired(IReadOnlyCollection<double> logRatios)
    {
        ArgumentNullException.ThrowIfNull(logRatios);
        return logRatios.Count < PairedBlocks
            ? null
            : Relative(Quantiles.StandardDeviation(logRatios) * Math.Sqrt(TwoSamples / 2 / logRatios.Count));
    }

    /// <summary>
    /// Independent samples needed before the largest of them bounds a percentile from above with 97.5 % confidence:
    /// 368 for 0.99, 3688 for 0.999.
    /// </summary>
    public static long ForPercentile(double p) => p is > 0 and < 1 ? (long)Math.Ceiling(Math.Log(0.025) / Math.Log(p)) : long.MaxValue;

    private static double? Relative(double shift) => double.IsFinite(shift) && shift > 0 ? Math.Exp(shift) - 1 : null;
}
