using System.Globalization;
using Passthrough.Bench.Engine;
using Passthrough.Host.Model;
using Passthrough.Results;
using Passthrough.Results.Statistics;

namespace Passthrough.Study;

/// <summary>One parameter and the values it takes in a sweep.</summary>
/// <param name="Name">Parameter.</param>
/// <param name="Values">Values, each once.</param>
public sealed record SweepAxis(string Name, IReadOnlyList<string> Values);

/// <summary>A study of one workload over all combinations of some parameters' values: in each block every combination runs once, in random order.</summary>
public static class SweepStudy
{
    /// <summary>More combinations would run for hours before the first of them had runs enough.</summary>
    public const int MostCells = 64;

    /// <summary>All combinations, each with the parameters that stay as they are.</summary>
    /// <exception cref="BenchException">More than <see cref="MostCells"/>, or a parameter that is both set and swept.</exception>
    public static IReadOnlyList<IReadOnlyDictionary<string, string>> Matrix(IReadOnlyDictionary<string, string> set, IReadOnlyList<SweepAxis> axes)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(axes);
        if (axes.FirstOrDefault(axis => set.ContainsKey(axis.Name)) is { } both)
        {
            throw new BenchException($"{both.Name} is both set and swept: leave out one of them.");
        }

        if (axes.GroupBy(axis => axis.Name).FirstOrDefault(name => name.Count() > 1) is { } twice)
        {
            throw new BenchException($"{twice.Key} is swept twice: name all its values in one sweep.");
        }

        double cells = axes.Aggregate(1.0, (product, axis) => product * axis.Values.Count);
        if (cells > MostCells)
        {
            throw new BenchException(string.Create(CultureInfo.InvariantCulture,
                $"The sweep has {cells:0} combinations, and at most {MostCells} are run: name fewer values."));
        }

        IEnumerable<SortedDictionary<string, string>> matrix = [new SortedDictionary<string, string>(set.ToDictionary(), StringComparer.Ordinal)];
        foreach (SweepAxis axis in axes)
        {
            matrix = matrix.SelectMany(cell => axis.Values.Select(value =>
                new SortedDictionary<string, string>(cell, StringComparer.Ordinal) { [axis.Name] = value }));
        }

        return [.. matrix];
    }

    /// <summary>Runs it; a combination that cannot run is skipped with its sentence, unless none can.</summary>
    /// <exception cref="BenchException">The workload, or every combination, cannot run here.</exception>
    public static ResultsDocument Run(WorkloadInfo workload, IReadOnlyList<IReadOnlyDictionary<string, string>> cells, int blocks,
        HostModel model, StudyOptions options)
    {
        ArgumentNullException.ThrowIfNull(workload);
        ArgumentNullException.ThrowIfNull(cells);
        ArgumentNullException.ThrowIfNull(options);
        if (workload.WhyNot(model) is { } reason)
        {
            throw new BenchException($"{workload.Name} cannot run here: {reason}");
        }

        var random = new SeededRandom(options.Seed);
        var results = new List<WorkloadRun>(blocks * cells.Count);
        var broken = new Dictionary<int, BenchException>();
        int done = 0;
        for (int block = 0; block < blocks; block++)
        {
            int[] order = [.. Enumerable.Range(0, cells.Count)];
            random.Shuffle<int>(order);
            foreach (int cell in order)
            {
                options.Progress?.Report(new StudyProgress(done++, blocks * cells.Count, $"{workload.Name} {Name(cells[cell])}"));
                if (broken.ContainsKey(cell))
                {
                    continue;
                }

                try
                {
                    results.Add(BenchEngine.Run(workload, cells[cell], model, new RunOptions
                    {
                        Run = block,
                        Block = block,
                        WarmUp = options.WarmUp,
                        Measure = options.Measure,
                        Cancel = options.Cancel,
                    }));
                }
                catch (BenchException error)
                {
                    broken[cell] = error;
                }
            }
        }

        if (results.Count == 0 && broken.Count > 0)
        {
            throw broken.OrderBy(item => item.Key).First().Value;
        }

        return new ResultsDocument
        {
            Tool = new ToolIdentity("ptdiag", options.Version),
            Machine = MachineSummaries.Of(model),
            Design = new StudyDesign(options.Seed, blocks, [.. results.Select(run => run.Variant)], "run"),
            Workloads = results,
            Skipped = [.. broken.OrderBy(item => item.Key).Select(item => new SkippedWorkload($"{workload.Name} ({Name(cells[item.Key])})", item.Value.Message))],
        };
    }

    private static string Name(IReadOnlyDictionary<string, string> cell) => string.Join(' ', cell.Select(pair => $"{pair.Key}={pair.Value}"));
}
