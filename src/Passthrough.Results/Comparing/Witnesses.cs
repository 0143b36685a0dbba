using Passthrough.Results.Statistics;

namespace Passthrough.Results.Comparing;

/// <summary>Finds the counter that should have moved with a knob.</summary>
internal static class Witnesses
{
    /// <summary>The counters of a knob, in order of preference.</summary>
    private static IReadOnlyList<string> Declared(string? factor) => factor?.ToLowerInvariant() switch
    {
        "hugepages" => ["hugePageBytes"],
        "irqcpu" => ["onThreadCpu"],
        "node" => ["pagesOnNode"],
        "batching" => ["doorbellsPerCommand"],
        "domain" => ["domainTranslated", "domainLazy"],

        // No counter of another knob explains what a thread's place does.
        "pinning" => ["migrations"],
        _ => [],
    };

    /// <summary>
    /// The declared counter of the knob (the first that moved, else the first recorded); without a declared one, the first counter
    /// that moved, else the first recorded on both sides. Null when no counter was recorded on both, or none that pinning could move.
    /// </summary>
    public static Witness? Find(Series before, Series after)
    {
        IReadOnlyList<string> declared = Declared(before.Key.Factor ?? after.Key.Factor);
        Witness[] recorded = [.. Names(before).Intersect(Names(after)).Order(StringComparer.Ordinal).Select(name => Of(name, before, after))];
        Witness[] named = [.. declared.SelectMany(name => recorded.Where(witness => witness.Name == name))];
        if (named.Length == 0 && declared is ["migrations"])
        {
            return null;
        }

        Witness[] candidates = named.Length > 0 ? named : recorded;
        return candidates.FirstOrDefault(witness => witness.Moved) ?? candidates.FirstOrDefault();
    }

    private static IEnumerable<string> Names(Series series) => series.Accepted.SelectMany(run => run.Witness.Keys).Distinct();

    /// <summary>Moved: the medians differ and the middle halves of the runs have no value in common.</summary>
    private static Witness Of(string name, Series before, Series after)
    {
        double[] x = Values(name, before);
        double[] y = Values(name, after);
        double first = Quantiles.OfSorted(x, 0.5);
        double second = Quantiles.OfSorted(y, 0.5);
        bool apart = Quantiles.OfSorted(x, 0.75) < Quantiles.OfSorted(y, 0.25) || Quantiles.OfSorted(y, 0.75) < Quantiles.OfSorted(x, 0.25);
        return new Witness(name, first, second, first != second && apart);
    }

    private static double[] Values(string name, Series series)
    {
        double[] values = [.. series.Accepted.Where(run => run.Witness.ContainsKey(name)).Select(run => run.Witness[name])];
        Array.Sort(values);
        return values;
    }
}
