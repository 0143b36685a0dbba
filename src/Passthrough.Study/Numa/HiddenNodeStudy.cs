using System.Globalization;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads.Memory;
using Passthrough.Host.Cpu;
using Passthrough.Host.Model;
using Passthrough.Results;
using Passthrough.Results.Numa;

namespace Passthrough.Study.Numa;

/// <summary>Measures every CPU with every one of several blocks of memory, for <see cref="HiddenNodes"/> to judge.</summary>
public static class HiddenNodeStudy
{
    private const int MostCpus = 16;
    private const long HugePageBytes = 2L << 20;
    private const long LeastBytes = 64L << 20;

    /// <summary>Takes the blocks, measures, and gives them back.</summary>
    /// <exception cref="BenchException">The memory cannot be had, or a CPU not be used.</exception>
    public static ResultsDocument Run(HostModel model, HiddenNodeOptions options)
    {
        IReadOnlyList<int> cpus = options.Cpus ?? Spread(model.Cpu.Online.Or(CpuSet.Empty)!.Members);
        if (cpus.Count == 0)
        {
            throw new BenchException("the CPUs that are online could not be read: name some with --cpus.");
        }

        long blockBytes = options.SizeBytes
            ?? Math.Max(LeastBytes, (2 * (MemoryBlocks.CacheBytes(cpus) ?? 0) + HugePageBytes - 1) / HugePageBytes * HugePageBytes);
        long available = model.Memory.AvailableBytes.Or(0);
        long spread = Math.Max(0, (available * options.SpreadPercent / 100) - (options.MemoryBlocks * blockBytes));
        options.Progress?.Report(new StudyProgress(0, 1, "taking memory"));
        using MemoryBlocks blocks = MemoryBlocks.Allocate(options.MemoryBlocks, blockBytes, spread);
        (int Cpu, int Block)[] cells = [.. cpus.SelectMany(cpu => Enumerable.Range(0, blocks.Count).Select(block => (cpu, block)))];
        var runs = new List<WorkloadRun>(cells.Length * options.Rounds);
        foreach ((int round, (int cpu, int block)) in RandomOrder.Blocks(cells, options.Rounds, options.Seed))
        {
            options.Progress?.Report(new StudyProgress(runs.Count, cells.Length * options.Rounds, string.Create(CultureInfo.InvariantCulture, $"CPU {cpu}, block {block}")));
            WorkloadRun run = BenchEngine.Run(blocks.Workload(block),
                new Dictionary<string, string> { ["cpu"] = cpu.ToString(CultureInfo.InvariantCulture) }, model, new RunOptions
                {
                    Run = round,
                    Block = round,
                    WarmUp = options.Measure / 4,
                    Measure = options.Measure,
                });
            // Thousands of short runs: their histograms would make a document of many megabytes, and nothing is read from them.
            runs.Add(run with { Histogram = null });
        }

        return new ResultsDocument
        {
            Tool = new ToolIdentity("ptdiag", options.Version),
            Machine = MachineSummaries.Of(model),
            Design = new StudyDesign(options.Seed, options.Rounds, [.. runs.Select(run => run.Variant)], "run"),
            Workloads = runs,
        };
    }

    /// <summary>The latencies of a document of such runs, as the judge takes them; rejected runs have none.</summary>
    public static IReadOnlyList<LatencyCell> Cells(ResultsDocument document) =>
    [
        .. document.Workloads.Where(run => run is { Name: MemoryBlocks.WorkloadName, Value: not null })
            .Select(run => new LatencyCell(int.Parse(run.Parameters["cpu"], CultureInfo.InvariantCulture),
                int.Parse(run.Parameters["block"], CultureInfo.InvariantCulture), run.Block, run.Value!.Value)),
    ];

    /// <summary>All of a few CPUs, or some of many at even distances, first and last among them.</summary>
    internal static IReadOnlyList<int> Spread(IReadOnlyList<int> cpus) => cpus.Count <= MostCpus
        ? cpus
        : [.. Enumerable.Range(0, MostCpus).Select(i => cpus[i * (cpus.Count - 1) / (MostCpus - 1)])];
}
