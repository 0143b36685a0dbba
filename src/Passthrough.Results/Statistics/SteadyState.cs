namespace Passthrough.Results.Statistics;

/// <summary>Where a run changed.</summary>
/// <param name="Slice">First slice after the change, 0-based.</param>
/// <param name="Slices">Slices judged.</param>
/// <param name="Change">Median after / median before − 1.</param>
/// <param name="Score">Largest standardised rank sum.</param>
public sealed record LevelChange(int Slice, int Slices, double Change, double Score);

/// <summary>
/// Whether a run had reached a steady state when it was measured. The rule, declared before any run: the slices are ranked; at every place
/// with two slices on each side the rank sum before it is standardised as Wilcoxon's; where the largest of these exceeds
/// <see cref="Critical"/> and the medians on the two sides differ by more than <see cref="SmallestChange"/>, the run did not reach a steady
/// state. A step and a trend both show. The ranks make it free of any assumption on the distribution; ties only lower the score.
/// A step in the first or last two slices alone is not found. Warm-up cannot be assumed away: Barrett et al., "Virtual machine warmup blows
/// hot and cold", OOPSLA 2017.
/// </summary>
public static class SteadyState
{
    /// <summary>Slices that a measured stage is cut into.</summary>
    public const int Slices = 20;

    /// <summary>Fewer slices with an operation in them are not judged.</summary>
    public const int LeastSlices = 12;

    /// <summary>Exceeded in fewer than 5 % of runs whose 20 slices are in random order, by 40 000 random permutations (5 % exceed 2.593); in fewer still with fewer slices.</summary>
    public const double Critical = 2.60;

    /// <summary>A change that no comparison would call a difference is left unsaid.</summary>
    public const double SmallestChange = 0.03;

    /// <summary>The change that keeps a run from being steady; null when there is none, or too few slices to say.</summary>
    public static LevelChange? Find(IReadOnlyList<double> slices)
    {
        ArgumentNullException.ThrowIfNull(slices);
        int n = slices.Count;
        if (n < LeastSlices)
        {
            return null;
        }

        double[] ranks = Ranks([.. slices]);
        double sum = 0;
        double best = 0;
        int at = 0;
        for (int i = 1; i <= n - 2; i++)
        {
            sum += ranks[i - 1] - ((n + 1) / 2.0);
            double score = Math.Abs(sum) / Math.Sqrt(i * (n - i) * (n + 1) / 12.0);
            if (i >= 2 && score > best)
            {
                best = score;
                at = i;
            }
        }

        if (best <= Critical)
        {
            return null;
        }

        double change = (Quantiles.Median(slices.Skip(at)) / Quantiles.Median(slices.Take(at))) - 1;
        return Math.Abs(change) > SmallestChange ? new LevelChange(at, n, change, best) : null;
    }

    /// <summary>Ranks from 1, equal values sharing the mean of theirs.</summary>
    private static double[] Ranks(double[] values)
    {
        int[] order = [.. Enumerable.Range(0, values.Length).OrderBy(i => values[i])];
        var ranks = new double[values.Length];
        for (int first = 0; first < order.Length;)
        {
            int last = first;
            while (last + 1 < order.Length && values[order[last + 1]] == values[order[first]])
            {
                last++;
            }

            for (int i = first; i <= last; i++)
            {
                ranks[order[i]] = ((first + last) / 2.0) + 1;
            }

            first = last + 1;
        }

        return ranks;
    }
}
