namespace Passthrough.Results.Statistics;

/// <summary>A bootstrapped mean with its interval.</summary>
/// <param name="Estimate">Mean difference of the observations themselves.</param>
/// <param name="Low">Lower bound.</param>
/// <param name="High">Upper bound.</param>
/// <param name="Resamples">Resamples drawn.</param>
/// <param name="Seed">Seed of the generator.</param>
public sealed record BootstrapInterval(double Estimate, double Low, double High, int Resamples, long Seed);

/// <summary>
/// Bias-corrected and accelerated bootstrap of a mean difference. Whole blocks (or whole runs) are resampled, never samples: samples within
/// a run hang together. With few blocks it covers less often than it says (see docs/statistics.md for how much), so that a verdict never
/// rests on it alone. Source: Efron, "Better bootstrap confidence intervals", JASA 82 (1987); Efron and Tibshirani,
/// "An Introduction to the Bootstrap", 14.3.
/// </summary>
public static class Bootstrap
{
    /// <summary>Resamples that are drawn unless told otherwise.</summary>
    public const int DefaultResamples = 10_000;

    /// <summary>Mean of paired differences. Null of fewer than two.</summary>
    public static BootstrapInterval? Paired(IReadOnlyList<double> differences, double confidence, long seed, int resamples = DefaultResamples)
    {
        ArgumentNullException.ThrowIfNull(differences);
        return differences.Count < 2 ? null : Interval([], [.. differences], confidence, seed, resamples);
    }

    /// <summary>Mean of <paramref name="after"/> less mean of <paramref name="before"/>, unpaired: each side is resampled on its own. Null when a side has fewer than two.</summary>
    public static BootstrapInterval? Unpaired(IReadOnlyList<double> before, IReadOnlyList<double> after, double confidence, long seed, int resamples = DefaultResamples)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return before.Count < 2 || after.Count < 2 ? null : Interval([.. before], [.. after], confidence, seed, resamples);
    }

    private static BootstrapInterval Interval(double[] before, double[] after, double confidence, long seed, int resamples)
    {
        double estimate = Mean(after) - Mean(before);
        var random = new SeededRandom(seed);
        var drawn = new double[resamples];
        double below = 0;

        // Resamples that only reorder the observations equal the estimate but for rounding.
        double rounding = 1e-12 * before.Concat(after).Max(Math.Abs);
        for (int i = 0; i < resamples; i++)
        {
            drawn[i] = ResampledMean(after, random) - ResampledMean(before, random);
            below += Math.Abs(drawn[i] - estimate) <= rounding ? 0.5 : drawn[i] < estimate ? 1 : 0;
        }

        Array.Sort(drawn);

        // One resample off either end, so that a correction is never infinite.
        double bias = Normal.Inverse(Math.Clamp(below / resamples, 1.0 / resamples, 1 - (1.0 / resamples)));
        double acceleration = Acceleration(before, after);
        double tail = (1 - confidence) / 2;
        return new BootstrapInterval(estimate,
            Quantiles.OfSorted(drawn, Corrected(tail, bias, acceleration)),
            Quantiles.OfSorted(drawn, Corrected(1 - tail, bias, acceleration)), resamples, seed);
    }

    private static double Corrected(double p, double bias, double acceleration)
    {
        double z = bias + Normal.Inverse(p);
        return Normal.Cumulative(bias + (z / (1 - (acceleration * z))));
    }

    /// <summary>A sixth of the skewness of the estimate, from the influence of each observation: d³/n³ over (d²/n²)^1.5, summed over both samples.</summary>
    private static double Acceleration(double[] before, double[] after)
    {
        double third = 0;
        double second = 0;
        foreach ((double[] sample, int sign) in new[] { (before, -1), (after, 1) })
        {
            double mean = Mean(sample);
            foreach (double value in sample)
            {
                double influence = sign * (value - mean) / sample.Length;
                third += influence * influence * influence;
                second += influence * influence;
            }
        }

        return second == 0 ? 0 : third / (6 * Math.Pow(second, 1.5));
    }

    private static double ResampledMean(double[] sample, SeededRandom random)
    {
        double sum = 0;
        for (int i = 0; i < sample.Length; i++)
        {
            sum += sample[random.Next(sample.Length)];
        }

        return sample.Length == 0 ? 0 : sum / sample.Length;
    }

    private static double Mean(double[] sample) => sample.Length == 0 ? 0 : sample.Sum() / sample.Length;
}
