namespace Passthrough.Results.Comparing;

/// <summary>Pairs the series of two files.</summary>
internal static class FileMatcher
{
    /// <summary>
    /// The same workload, knob and metric: first with the same parameters and variant, then, where exactly one series is left on
    /// each side, that pair whatever its variant and parameters are. What stays alone is named in <paramref name="notes"/>.
    /// </summary>
    public static IReadOnlyList<(Series Before, Series After)> Match(IReadOnlyList<Series> before, IReadOnlyList<Series> after, List<string> notes)
    {
        var pairs = new List<(Series, Series)>();
        var families = before.Concat(after).Select(series => series.Key.Family).Distinct();
        foreach (var family in families)
        {
            List<Series> first = Of(before, family);
            List<Series> second = Of(after, family);
            foreach (Series series in first.ToArray())
            {
                if (second.Find(other => other.Key == series.Key) is { } same)
                {
                    pairs.Add((series, same));
                    first.Remove(series);
                    second.Remove(same);
                }
            }

            if (first.Count == 1 && second.Count == 1)
            {
                pairs.Add((first[0], second[0]));
                continue;
            }

            notes.AddRange(first.Select(series => Alone(series, "before")));
            notes.AddRange(second.Select(series => Alone(series, "after")));
        }

        return pairs;
    }

    private static List<Series> Of(IReadOnlyList<Series> all, (string, string?, string, string) family) =>
        [.. all.Where(series => series.Key.Family == family && !NoiseFloors.IsAgain(series.Key.Variant))];

    private static string Alone(Series series, string side)
    {
        string parameters = string.Join(", ", series.Parameters.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));
        string setting = parameters.Length == 0 ? "" : $" ({parameters})";
        return $"{series.Key.Name}{setting}, variant \"{series.Key.Variant}\", has no single counterpart: it stands only in the {side} file.";
    }
}
