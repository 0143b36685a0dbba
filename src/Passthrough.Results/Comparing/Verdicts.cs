namespace Passthrough.Results.Comparing;

/// <summary>From an interval to one of the words.</summary>
internal static class Verdicts
{
    /// <summary>
    /// An interval wholly within the threshold is no difference. One wholly beyond it is better or worse, unless it overlaps
    /// the noise floor. All else is inconclusive.
    /// </summary>
    /// <param name="interval">Interval of the ratio after / before; null when none could be computed.</param>
    /// <param name="noiseFloor">Interval of the A/A ratio.</param>
    /// <param name="threshold">Relative change that matters.</param>
    /// <param name="lowerIsBetter">Direction; null when not known.</param>
    public static ComparisonVerdict Of(Band? interval, Band? noiseFloor, double threshold, bool? lowerIsBetter)
    {
        if (interval is null)
        {
            return ComparisonVerdict.Inconclusive;
        }

        if (interval.Low >= 1 - threshold && interval.High <= 1 + threshold)
        {
            return ComparisonVerdict.NoDifference;
        }

        bool more = interval.Low > 1 + threshold;
        bool less = interval.High < 1 - threshold;
        if ((!more && !less) || lowerIsBetter is not { } lower || (noiseFloor is not null && Overlaps(interval, noiseFloor)))
        {
            return ComparisonVerdict.Inconclusive;
        }

        return less == lower ? ComparisonVerdict.Better : ComparisonVerdict.Worse;
    }

    /// <summary>Whether two intervals have a point in common.</summary>
    public static bool Overlaps(Band first, Band second) => first.Low <= second.High && first.High >= second.Low;
}
