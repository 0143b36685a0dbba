using System.Globalization;
using Passthrough.Results.Comparing;
using Passthrough.Results.Statistics;

namespace Passthrough.Results.Sweeps;

/// <summary>
/// Runs of one workload over values of one numeric parameter, all others held: found in any document, because a sweep is nothing else than
/// runs of one variant whose parameters differ.
/// </summary>
/// <param name="Workload">Workload.</param>
/// <param name="Metric">throughput or latency.</param>
/// <param name="Unit">Unit of the values.</param>
/// <param name="Parameter">The swept parameter.</param>
/// <param name="Held">What all cells have in common, ordinal order.</param>
/// <param name="Others">Those of <paramref name="Held"/> that another sweep of this workload holds at another value: what tells the lines apart.</param>
/// <param name="Cells">Ascending by value.</param>
public sealed record Sweep(string Workload, string Metric, string Unit, string Parameter, IReadOnlyDictionary<string, string> Held,
    IReadOnlyDictionary<string, string> Others, IReadOnlyList<SweepCell> Cells)
{
    /// <summary>Fewer values are a comparison, not a curve.</summary>
    public const int LeastCells = 3;

    /// <summary>The sweeps of a document. A matrix of several numeric parameters gives a family of curves along each.</summary>
    public static IReadOnlyList<Sweep> Of(ResultsDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return [.. document.Workloads.Where(run => run.Factor is null)
            .GroupBy(run => (run.Name, run.Metric, run.Unit, run.Variant))
            .SelectMany(family => OfFamily([.. family]))];
    }

    /// <summary>Whether a run belongs to one of the sweeps.</summary>
    public bool Holds(WorkloadRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Cells.Any(cell => cell.Runs.Contains(run, ReferenceEqualityComparer.Instance));
    }

    private static IEnumerable<Sweep> OfFamily(WorkloadRun[] runs)
    {
        string[] varied = [.. runs.SelectMany(run => run.Parameters.Keys).Distinct().Order(StringComparer.Ordinal)
            .Where(name => runs.Select(run => run.Parameters.GetValueOrDefault(name)).Distinct().Count() > 1)];
        foreach (string name in varied)
        {
            foreach (var line in runs.Where(run => Number(run, name) is not null)
                .GroupBy(run => SeriesKey.Text(run.Parameters.Where(pair => pair.Key != name))))
            {
                SweepCell[] cells = [.. line.GroupBy(run => Number(run, name)!.Value).OrderBy(cell => cell.Key)
                    .Select(cell => new SweepCell(cell.Key, cell.First().Parameters[name], [.. cell]))];
                if (cells.Length < LeastCells)
                {
                    continue;
                }

                WorkloadRun first = line.First();
                yield return new Sweep(first.Name, first.Metric, first.Unit, name,
                    Part(first, parameter => parameter != name),
                    Part(first, parameter => parameter != name && varied.Contains(parameter)), cells);
            }
        }
    }

    private static SortedDictionary<string, string> Part(WorkloadRun run, Func<string, bool> wanted) =>
        new(run.Parameters.Where(pair => wanted(pair.Key)).ToDictionary(), StringComparer.Ordinal);

    private static double? Number(WorkloadRun run, string name) =>
        double.TryParse(run.Parameters.GetValueOrDefault(name), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) ? value : null;
}

/// <summary>The runs at one value.</summary>
/// <param name="Value">The parameter's value as a number.</param>
/// <param name="Text">The same as it was written.</param>
/// <param name="Runs">The runs, rejected ones too.</param>
public sealed record SweepCell(double Value, string Text, IReadOnlyList<WorkloadRun> Runs)
{
    /// <summary>Values of the runs that count, ascending.</summary>
    public IReadOnlyList<double> Values { get; } =
        [.. Runs.Where(run => run.Rejected is null && run.Value is { } value && double.IsFinite(value)).Select(run => run.Value!.Value).Order()];

    /// <summary>Median; null without a run that counts.</summary>
    public double? Median => Values.Count == 0 ? null : Quantiles.OfSorted([.. Values], 0.5);

    /// <summary>Lower quartile.</summary>
    public double? LowerQuartile => Values.Count == 0 ? null : Quantiles.OfSorted([.. Values], 0.25);

    /// <summary>Upper quartile.</summary>
    public double? UpperQuartile => Values.Count == 0 ? null : Quantiles.OfSorted([.. Values], 0.75);
}
