using Passthrough.Results.Agreeing;

namespace Passthrough.Results.Comparing;

/// <summary>Pairs the variants of one study.</summary>
internal static class VariantMatcher
{
    /// <summary>Baseline and every other variant, per workload, knob, metric and parameters apart from the knob's own.</summary>
    public static IEnumerable<(Series Before, Series After)> Match(IReadOnlyList<Series> all, string? baseline, List<string> notes)
    {
        foreach (IGrouping<(string Name, string? Factor, string Metric, string Statistic), Series> family in all.GroupBy(series => series.Key.Family))
        {
            Series[] members = [.. family.Where(series => !NoiseFloors.IsAgain(series.Key.Variant))];
            string[] variants = [.. members.Select(series => series.Key.Variant).Distinct()];
            if (variants.Length < 2)
            {
                continue;
            }

            string name = Baseline(variants, baseline);
            foreach (string other in variants.Where(variant => variant != name))
            {
                Series[] before = [.. members.Where(series => series.Key.Variant == name)];
                Series[] after = [.. members.Where(series => series.Key.Variant == other)];
                HashSet<string> knobs = Knobs(before, after);
                ILookup<string, Series> bySetting = before.ToLookup(series => Setting(series, knobs));
                foreach (Series series in after)
                {
                    Series[] partners = [.. bySetting[Setting(series, knobs)]];
                    if (partners.Length == 0)
                    {
                        notes.Add($"{family.Key.Name}: variant \"{other}\" has a setting that \"{name}\" did not run; it is not compared.");
                    }

                    foreach (Series partner in partners)
                    {
                        yield return (partner, series);
                    }
                }
            }
        }
    }

    /// <summary>Parameters whose sets of values differ between the variants: what the factor turns. What both vary alike (a block size) is not among them.</summary>
    private static HashSet<string> Knobs(Series[] before, Series[] after) =>
        [.. before.Concat(after).SelectMany(series => series.Parameters.Keys).Distinct()
            .Where(name => !Values(before, name).SetEquals(Values(after, name)))];

    private static HashSet<string?> Values(Series[] series, string name) => [.. series.Select(one => one.Parameters.GetValueOrDefault(name))];

    private static string Setting(Series series, HashSet<string> knobs) =>
        SeriesKey.Text(series.Parameters.Where(pair => !knobs.Contains(pair.Key)));

    private static string Baseline(string[] variants, string? wanted) =>
        new[] { wanted, "untuned", "before", Agreement.Reference }.FirstOrDefault(name => name is not null && variants.Contains(name)) ?? variants[0];
}
