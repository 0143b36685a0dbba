using Passthrough.Results.Comparing;

namespace Passthrough.Results;

/// <summary>The runs of one workload that belong side by side: the same knob, metric and parameters apart from the knob's own.</summary>
/// <param name="Name">Workload.</param>
/// <param name="Factor">Knob; null for a single variant.</param>
/// <param name="Metric">throughput or latency.</param>
/// <param name="Unit">Unit of the values.</param>
/// <param name="Parameters">What all have in common, ordinal order.</param>
/// <param name="Variants">The baseline (untuned, before) first, its repetition last, others between in the order in which they first ran.</param>
public sealed record RunGroup(string Name, string? Factor, string Metric, string Unit,
    IReadOnlyDictionary<string, string> Parameters, IReadOnlyList<RunVariant> Variants)
{
    /// <summary>Groups a document's runs.</summary>
    public static IReadOnlyList<RunGroup> Of(ResultsDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return [.. document.Workloads
            .GroupBy(run => (run.Name, run.Factor, run.Metric, run.Unit))
            .SelectMany(family => Split([.. family]))];
    }

    private static IEnumerable<RunGroup> Split(WorkloadRun[] family)
    {
        HashSet<string> knobs = [.. family.SelectMany(run => run.Parameters.Keys).Distinct().Where(name => IsKnob(family, name))];
        foreach (IGrouping<string, WorkloadRun> setting in family.GroupBy(run => SeriesKey.Text(run.Parameters.Where(pair => !knobs.Contains(pair.Key)))))
        {
            WorkloadRun first = setting.First();
            yield return new RunGroup(first.Name, first.Factor, first.Metric, first.Unit, Part(first, name => !knobs.Contains(name)),
                [.. setting.GroupBy(run => (run.Variant, SeriesKey.Text(run.Parameters)))
                    .Select(side => new RunVariant(side.Key.Variant, Part(side.First(), knobs.Contains), [.. side]))
                    .OrderBy(side => side.Name is "untuned" or "before" ? 0 : NoiseFloors.IsAgain(side.Name) ? 2 : 1)]);
        }
    }

    private static bool IsKnob(WorkloadRun[] family, string name)
    {
        HashSet<string?>[] values = [.. family.GroupBy(run => run.Variant)
            .Select(variant => variant.Select(run => run.Parameters.GetValueOrDefault(name)).ToHashSet())];
        return values.Any(other => !other.SetEquals(values[0]));
    }

    private static SortedDictionary<string, string> Part(WorkloadRun run, Func<string, bool> wanted) =>
        new(run.Parameters.Where(pair => wanted(pair.Key)).ToDictionary(), StringComparer.Ordinal);
}

/// <summary>One side of a group.</summary>
/// <param name="Name">Variant.</param>
/// <param name="Knob">Parameters that differ between the sides.</param>
/// <param name="Runs">Its runs in order, rejected ones too.</param>
public sealed record RunVariant(string Name, IReadOnlyDictionary<string, string> Knob, IReadOnlyList<WorkloadRun> Runs)
{
    /// <summary>Runs that count.</summary>
    public IEnumerable<WorkloadRun> Accepted => Runs.Where(run => run.Rejected is null && run.Value is { } value && double.IsFinite(value));
}
