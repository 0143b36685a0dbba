namespace Passthrough.Results.Comparing;

/// <summary>The interval between two equal variants: what this machine makes of nothing.</summary>
internal static class NoiseFloors
{
    private const string Again = "-again";

    /// <summary>Whether a variant is the second half of an A/A pair.</summary>
    public static bool IsAgain(string variant) => variant.EndsWith(Again, StringComparison.Ordinal);

    /// <summary>
    /// The A/A interval of the workload of <paramref name="series"/>: of its own variant where that was repeated, else of the variant
    /// that was. Null when no pair was measured or it has too few runs.
    /// </summary>
    public static Band? Of(Series series, IReadOnlyList<Series> all, CompareOptions options)
    {
        (Series First, Series Second)[] pairs = [.. all
            .Where(second => IsAgain(second.Key.Variant) && second.Key.Family == series.Key.Family)
            .SelectMany(second => all
                .Where(first => first.Key == second.Key with { Variant = second.Key.Variant[..^Again.Length] })
                .Select(first => (first, second)))];
        (Series First, Series Second) own = pairs.FirstOrDefault(pair => pair.First.Key == series.Key);
        if (own.First is not null)
        {
            return PairJudge.Floor(own.First, own.Second, options.Confidence);
        }

        return pairs.Aggregate<(Series First, Series Second), Band?>(null,
            (hull, pair) => Hull(hull, PairJudge.Floor(pair.First, pair.Second, options.Confidence)));
    }

    /// <summary>The smallest interval that holds both; null when neither is known.</summary>
    public static Band? Hull(Band? first, Band? second) =>
        first is null ? second : second is null ? first : new Band(Math.Min(first.Low, second.Low), Math.Max(first.High, second.High));
}
