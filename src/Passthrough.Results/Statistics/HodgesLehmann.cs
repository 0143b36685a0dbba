namespace Passthrough.Results.Statistics;

/// <summary>A shift with its interval.</summary>
/// <param name="Estimate">Hodges and Lehmann's estimate.</param>
/// <param name="Low">Lower bound; null when no interval of the asked confidence exists for so few observations.</param>
/// <param name="High">Upper bound; null with <paramref name="Low"/>.</param>
/// <param name="PValue">Two-sided probability of a statistic at least as far from its mean when nothing differs.</param>
/// <param name="IsExact">The null distribution was enumerated, not approximated.</param>
public sealed record Shift(double Estimate, double? Low, double? High, double PValue, bool IsExact);

/// <summary>
/// Location shifts with distribution-free intervals: the estimate is the median of pairwise averages or differences, the
/// bounds are order statistics of the same, chosen by the rank test they invert. With ties the intervals stay valid
/// (they cover at least as often as they say). Source: Hollander, Wolfe, Chicken, "Nonparametric Statistical Methods", 3.2–3.3 and 4.2–4.3.
/// </summary>
public static class HodgesLehmann
{
    /// <summary>Shift of paired observations: <paramref name="differences"/> are after − before. Null of nothing.</summary>
    public static Shift? Paired(IReadOnlyList<double> differences, double confidence = 0.95)
    {
        ArgumentNullException.ThrowIfNull(differences);
        int n = differences.Count;
        if (n == 0)
        {
            return null;
        }

        var averages = new double[(n * (n + 1) / 2)];
        int at = 0;
        for (int i = 0; i < n; i++)
        {
            for (int j = i; j < n; j++)
            {
                averages[at++] = (differences[i] + differences[j]) / 2;
            }
        }

        return Invert(averages, RankDistribution.SignedRank(n), confidence);
    }

    /// <summary>Shift from <paramref name="before"/> to <paramref name="after"/>, unpaired. Null when either is empty.</summary>
    public static Shift? Unpaired(IReadOnlyList<double> before, IReadOnlyList<double> after, double confidence = 0.95)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        if (before.Count == 0 || after.Count == 0)
        {
            return null;
        }

        var differences = new double[before.Count * after.Count];
        int at = 0;
        foreach (double x in before)
        {
            foreach (double y in after)
            {
                differences[at++] = y - x;
            }
        }

        return Invert(differences, RankDistribution.MannWhitney(before.Count, after.Count), confidence);
    }

    /// <summary>
    /// Probability that a run of <paramref name="after"/> is greater than one of <paramref name="before"/>, ties counting half
    /// (Mann and Whitney's U / nm). NaN when either is empty.
    /// </summary>
    public static double ProbabilityGreater(IReadOnlyCollection<double> before, IReadOnlyCollection<double> after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        double wins = before.Sum(x => after.Sum(y => y > x ? 1.0 : y == x ? 0.5 : 0));
        return before.Count == 0 || after.Count == 0 ? double.NaN : wins / ((double)before.Count * after.Count);
    }

    private static Shift Invert(double[] shifts, RankDistribution distribution, double confidence)
    {
        Array.Sort(shifts);
        double estimate = Quantiles.OfSorted(shifts, 0.5);
        long k = distribution.BoundIndex(confidence);

        // A zero among the shifts is counted against a difference, so that the test agrees with the closed interval.
        long below = shifts.LongCount(shift => shift <= 0);
        long above = shifts.LongCount(shift => shift >= 0);
        double p = Math.Min(1, 2 * distribution.AtMost(Math.Min(below, above)));
        return k == 0
            ? new Shift(estimate, null, null, p, distribution.IsExact)
            : new Shift(estimate, shifts[k - 1], shifts[shifts.LongLength - k], p, distribution.IsExact);
    }
}
