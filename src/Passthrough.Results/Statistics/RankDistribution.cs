namespace Passthrough.Results.Statistics;

/// <summary>
/// Distribution of a rank statistic under "no difference", symmetric about its mean: exact up to
/// <see cref="ExactLimit"/> observations a side, else the normal approximation with continuity correction.
/// </summary>
public sealed class RankDistribution
{
    /// <summary>Largest sample whose distribution is enumerated.</summary>
    public const int ExactLimit = 50;

    private readonly double[]? _cumulative;
    private readonly double _mean;
    private readonly double _deviation;

    private RankDistribution(double[]? probabilities, long maximum, double deviation)
    {
        Maximum = maximum;
        _mean = maximum / 2.0;
        _deviation = deviation;
        if (probabilities is not null)
        {
            _cumulative = probabilities;
            for (int i = 1; i < probabilities.Length; i++)
            {
                probabilities[i] += probabilities[i - 1];
            }
        }
    }

    /// <summary>Largest value of the statistic.</summary>
    public long Maximum { get; }

    /// <summary>True when the distribution was enumerated.</summary>
    public bool IsExact => _cumulative is not null;

    /// <summary>Wilcoxon's signed-rank statistic of <paramref name="n"/> pairs.</summary>
    public static RankDistribution SignedRank(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        long maximum = (long)n * (n + 1) / 2;
        double deviation = Math.Sqrt((double)n * (n + 1) * (2.0 * n + 1) / 24);
        if (n > ExactLimit)
        {
            return new(null, maximum, deviation);
        }

        // Each rank carries a positive sign with probability one half, on its own.
        var probabilities = new double[maximum + 1];
        probabilities[0] = 1;
        long reached = 0;
        for (int rank = 1; rank <= n; rank++)
        {
            reached += rank;
            for (long sum = reached; sum >= 0; sum--)
            {
                probabilities[sum] = 0.5 * (probabilities[sum] + (sum >= rank ? probabilities[sum - rank] : 0));
            }
        }

        return new(probabilities, maximum, deviation);
    }

    /// <summary>Mann and Whitney's U of samples of these sizes.</summary>
    public static RankDistribution MannWhitney(int n, int m)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(m);
        long maximum = (long)n * m;
        double deviation = Math.Sqrt((double)n * m * (n + m + 1.0) / 12);
        if (Math.Max(n, m) > ExactLimit)
        {
            return new(null, maximum, deviation);
        }

        // The largest of all observations is one of the first sample with probability i / (i + j), and then it exceeds
        // all j of the second: P(i, j, u) = i/(i+j) P(i−1, j, u−j) + j/(i+j) P(i, j−1, u).
        var rows = new double[m + 1][];
        for (int j = 0; j <= m; j++)
        {
            rows[j] = [1];
        }

        for (int i = 1; i <= n; i++)
        {
            rows[0] = [1];
            for (int j = 1; j <= m; j++)
            {
                double[] without = rows[j];
                double[] left = rows[j - 1];
                var next = new double[(i * j) + 1];
                for (int u = 0; u < next.Length; u++)
                {
                    double first = u >= j && u - j < without.Length ? without[u - j] : 0;
                    double second = u < left.Length ? left[u] : 0;
                    next[u] = ((i * first) + (j * second)) / (i + j);
                }

                rows[j] = next;
            }
        }

        return new(rows[m], maximum, deviation);
    }

    /// <summary>Probability of a value of <paramref name="statistic"/> or less.</summary>
    public double AtMost(long statistic)
    {
        if (statistic < 0)
        {
            return 0;
        }

        if (statistic >= Maximum)
        {
            return 1;
        }

        return _cumulative is not null ? _cumulative[statistic] : Normal.Cumulative((statistic + 0.5 - _mean) / _deviation);
    }

    /// <summary>
    /// Which of the <see cref="Maximum"/> sorted pairwise shifts bounds the interval of this confidence: the k-th smallest and the
    /// k-th largest. 0 when so few observations have no interval of that confidence.
    /// </summary>
    public long BoundIndex(double confidence)
    {
        double tail = (1 - confidence) / 2;
        long low = 0;
        long high = (Maximum + 1) / 2;
        while (low < high)
        {
            long middle = (low + high + 1) / 2;
            if (AtMost(middle - 1) <= tail)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }
}
