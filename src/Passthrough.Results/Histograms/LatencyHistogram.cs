namespace Passthrough.Results.Histograms;

/// <summary>
/// A distribution of latencies in nanoseconds: the non-empty buckets of one or more HDR histograms. Histograms are merged,
/// percentiles never averaged.
/// </summary>
public sealed class LatencyHistogram
{
    private readonly HistogramBucket[] _buckets;

    internal LatencyHistogram(IEnumerable<HistogramBucket> buckets)
    {
        _buckets = [.. buckets.OrderBy(bucket => bucket.Low).ThenBy(bucket => bucket.High)];
        Count = _buckets.Sum(bucket => bucket.Count);
    }

    /// <summary>Samples.</summary>
    public long Count { get; }

    /// <summary>Non-empty buckets, ascending.</summary>
    public IReadOnlyList<HistogramBucket> Buckets => _buckets;

    /// <summary>All samples of several histograms in one.</summary>
    public static LatencyHistogram Merge(IEnumerable<LatencyHistogram> histograms)
    {
        ArgumentNullException.ThrowIfNull(histograms);
        return new(histograms.SelectMany(histogram => histogram._buckets)
            .GroupBy(bucket => (bucket.Low, bucket.High))
            .Select(same => new HistogramBucket(same.Key.Low, same.Key.High, same.Sum(bucket => bucket.Count))));
    }

    /// <summary>
    /// The highest value of the bucket in which the <paramref name="p"/> quantile (0 to 1) falls; null of an empty histogram.
    /// </summary>
    public long? Quantile(double p)
    {
        if (Count == 0 || double.IsNaN(p))
        {
            return null;
        }

        // The smallest value with at least that share of samples at or below it. One step down, as HdrHistogram does, because
        // 0.999 × 20,000 is a little more than 19,980 in binary.
        long wanted = Math.Max(1, (long)Math.Ceiling(Math.BitDecrement(Math.Clamp(p, 0, 1)) * Count));
        long seen = 0;
        foreach (HistogramBucket bucket in _buckets)
        {
            seen += bucket.Count;
            if (seen >= wanted)
            {
                return bucket.High;
            }
        }

        return _buckets[^1].High;
    }
}

/// <summary>Samples from <paramref name="Low"/> to <paramref name="High"/> nanoseconds, both included.</summary>
public readonly record struct HistogramBucket(long Low, long High, long Count);
