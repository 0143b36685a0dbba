namespace Passthrough.Results.Statistics;

/// <summary>Quantiles of a sample.</summary>
public static class Quantiles
{
    /// <summary>The median; NaN of nothing.</summary>
    public static double Median(IEnumerable<double> values) => Quantile(values, 0.5);

    /// <summary>
    /// The <paramref name="p"/> quantile by linear interpolation between order statistics: type 7 of Hyndman and Fan,
    /// "Sample Quantiles in Statistical Packages" (1996). NaN of nothing.
    /// </summary>
    /// <param name="values">The sample, in any order.</param>
    /// <param name="p">Between 0 and 1; what lies outside is taken as the nearer end.</param>
    public static double Quantile(IEnumerable<double> values, double p)
    {
        ArgumentNullException.ThrowIfNull(values);
        double[] sorted = [.. values];
        Array.Sort(sorted);
        return OfSorted(sorted, p);
    }

    /// <summary>The same of a sample that is already in ascending order.</summary>
    public static double OfSorted(ReadOnlySpan<double> sorted, double p)
    {
        if (sorted.IsEmpty || double.IsNaN(p))
        {
            return double.NaN;
        }

        double position = Math.Clamp(p, 0, 1) * (sorted.Length - 1);
        int below = (int)position;
        double share = position - below;
        return share == 0 ? sorted[below] : sorted[below] + (share * (sorted[below + 1] - sorted[below]));
    }

    /// <summary>Sample standard deviation (n − 1); NaN of fewer than two values.</summary>
    public static double StandardDeviation(IReadOnlyCollection<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count < 2)
        {
            return double.NaN;
        }

        double mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
    }
}
