using Passthrough.Results.Statistics;

namespace Passthrough.Results.Comparing;

/// <summary>The runs of one workload, metric and variant with the same parameters.</summary>
internal sealed class Series
{
    private readonly bool _blockIsUnit;

    /// <summary>A series of one key.</summary>
    /// <param name="key">What the runs have in common.</param>
    /// <param name="runs">The runs in order, rejected ones too.</param>
    /// <param name="blockIsUnit">Runs of one block are one observation (a boot, a process).</param>
    public Series(SeriesKey key, IEnumerable<WorkloadRun> runs, bool blockIsUnit)
    {
        Key = key;
        Runs = [.. runs];
        _blockIsUnit = blockIsUnit;
        Accepted = [.. Runs.Where(run => run.Rejected is null && Of(run) is { } value && double.IsFinite(value))];
    }

    public SeriesKey Key { get; }

    public IReadOnlyList<WorkloadRun> Runs { get; }

    /// <summary>Runs that count.</summary>
    public IReadOnlyList<WorkloadRun> Accepted { get; }

    public int RejectedCount => Runs.Count - Accepted.Count;

    /// <summary>The runs that do not count, with the rule.</summary>
    public IEnumerable<RejectedRun> Rejected => Runs.Except(Accepted).Select(run =>
        new RejectedRun(run.Variant, run.Run, run.Block, run.Rejected ?? "it has no value"));

    public IReadOnlyDictionary<string, string> Parameters => Runs[0].Parameters;

    public string Unit => Runs[0].Unit;

    /// <summary>One value a block: the median of its runs, so that repeats inside a block do not pass for blocks.</summary>
    public SortedDictionary<int, double> ByBlock() => new(Accepted
        .GroupBy(run => run.Block)
        .ToDictionary(block => block.Key, block => Quantiles.Median(block.Select(run => Of(run)!.Value))));

    /// <summary>The observations of an unpaired comparison.</summary>
    public IReadOnlyList<double> Observations() =>
        _blockIsUnit ? [.. ByBlock().Values] : [.. Accepted.Select(run => Of(run)!.Value)];

    private double? Of(WorkloadRun run) => Key.Statistic == "p99" ? run.Percentiles?.P99 : run.Value;

    /// <summary>Groups a document's runs, in the order in which they first appear.</summary>
    public static IReadOnlyList<Series> From(ResultsDocument document, bool tails)
    {
        bool blockIsUnit = document.Design.Unit != "run";
        IEnumerable<(WorkloadRun Run, string Statistic)> all = document.Workloads.Select(run => (run, "value"));
        if (tails)
        {
            all = all.Concat(document.Workloads
                .Where(run => run.Metric == "latency" && run.Percentiles?.P99 is not null)
                .Select(run => (run, "p99")));
        }

        return [.. all
            .GroupBy(entry => SeriesKey.Of(entry.Run, entry.Statistic))
            .Select(group => new Series(group.Key, group.Select(entry => entry.Run), blockIsUnit))];
    }
}

/// <summary>What identifies a series.</summary>
/// <param name="Name">Workload.</param>
/// <param name="Factor">Knob.</param>
/// <param name="Metric">throughput or latency.</param>
/// <param name="Statistic">value or p99.</param>
/// <param name="Variant">Variant.</param>
/// <param name="Parameters">All parameters as one text.</param>
internal readonly record struct SeriesKey(string Name, string? Factor, string Metric, string Statistic, string Variant, string Parameters)
{
    /// <summary>The key of a run.</summary>
    public static SeriesKey Of(WorkloadRun run, string statistic) =>
        new(run.Name, run.Factor, run.Metric, statistic, run.Variant, Text(run.Parameters));

    /// <summary>The same workload, knob, metric and statistic.</summary>
    public (string Name, string? Factor, string Metric, string Statistic) Family => (Name, Factor, Metric, Statistic);

    /// <summary>Parameters as one text that no other set of parameters has.</summary>
    public static string Text(IEnumerable<KeyValuePair<string, string>> parameters) =>
        string.Join('\u001e', parameters.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Key + '\u001f' + pair.Value));
}
