using System.Globalization;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads;
using Passthrough.Host.Cpu;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Passthrough.Results;

namespace Passthrough.Study.Numa;

/// <summary>
/// Latency and bandwidth between every node's CPUs and every node's memory, pairs in random order within each block. The
/// workloads bind the memory and refuse to measure when its pages lie elsewhere.
/// </summary>
public static class NumaStudy
{
    /// <summary>Name of the parameter that holds the node whose CPUs loaded.</summary>
    public const string CpuNode = "cpuNode";

    private const string Latency = "memory.chase";
    private const string Bandwidth = "memory.stream";

    /// <summary>Measures the pairs this machine shows; a pair that cannot be measured is skipped with its reason.</summary>
    /// <exception cref="BenchException">The machine shows no nodes.</exception>
    public static ResultsDocument Run(HostModel model, NumaOptions options) => Run(model, options, BenchEngine.Run);

    internal static ResultsDocument Run(HostModel model, NumaOptions options,
        Func<WorkloadInfo, IReadOnlyDictionary<string, string>, HostModel, RunOptions, WorkloadRun> measure)
    {
        var skipped = new List<SkippedWorkload>();
        List<NumaRun> pairs = Pairs(model, options, skipped);
        var runs = new List<WorkloadRun>();
        var broken = new HashSet<NumaRun>();
        int done = 0;
        foreach ((int block, NumaRun pair) in RandomOrder.Blocks(pairs, options.Blocks, options.Seed))
        {
            options.Progress?.Report(new StudyProgress(done++, pairs.Count * options.Blocks, $"block {block + 1}: {pair.Title}"));
            if (broken.Contains(pair))
            {
                continue;
            }

            try
            {
                WorkloadRun run = measure(WorkloadCatalog.Find(pair.Workload)!, pair.Parameters, model, new RunOptions
                {
                    Run = block,
                    Block = block,
                    WarmUp = options.WarmUp,
                    Measure = options.Measure,
                });
                runs.Add(run with { Parameters = With(run.Parameters, CpuNode, pair.CpuNode) });
            }
            catch (BenchException error)
            {
                broken.Add(pair);
                skipped.Add(new SkippedWorkload(pair.Title, error.Message));
            }
        }

        return new ResultsDocument
        {
            Tool = new ToolIdentity("ptdiag", options.Version),
            Machine = MachineSummaries.Of(model),
            Design = new StudyDesign(options.Seed, options.Blocks, [.. runs.Select(run => run.Variant)], "run"),
            Workloads = runs,
            Skipped = skipped,
        };
    }

    private static List<NumaRun> Pairs(HostModel model, NumaOptions options, List<SkippedWorkload> skipped)
    {
        IReadOnlyList<NumaNode> nodes = model.Memory.AllNodes;
        if (nodes.Count == 0)
        {
            throw new BenchException("this kernel shows no NUMA nodes: 'ptdiag bench numa --find-hidden' measures whether there are any.");
        }

        var pairs = new List<NumaRun>();
        foreach (NumaNode node in nodes)
        {
            if (node.MemoryBytes.IsKnown && node.MemoryBytes.Value == 0)
            {
                skipped.Add(new SkippedWorkload(Line($"memory of node {node.Id}"), "the node has no memory, only CPUs"));
            }

            if (!node.Cpus.IsKnown || node.Cpus.Value!.Count == 0)
            {
                skipped.Add(new SkippedWorkload(Line($"CPUs of node {node.Id}"),
                    node.Cpus.IsKnown ? "the node has no CPU online; its memory is measured from the others" : "the node's CPUs could not be read"));
            }
        }

        // A number left out among the folders is a node that is not online: the kernel makes a folder for each that is.
        foreach (int missing in Enumerable.Range(0, nodes.Max(node => node.Id)).Except(nodes.Select(node => node.Id)))
        {
            skipped.Add(new SkippedWorkload(Line($"node {missing}"), "the node is not online"));
        }

        foreach (NumaNode from in nodes.Where(node => node.Cpus.IsKnown && node.Cpus.Value!.Count > 0))
        {
            foreach (NumaNode to in nodes.Where(node => !node.MemoryBytes.IsKnown || node.MemoryBytes.Value > 0))
            {
                pairs.Add(Make(Latency, from, to, ("cpu", Number(from.Cpus.Value!.Members[0])), Size(options.SizeBytes, 1)));
                pairs.Add(Make(Bandwidth, from, to, ("cpus", List(from.Cpus.Value!)), Size(options.SizeBytes, from.Cpus.Value!.Count)));
            }
        }

        return pairs;
    }

    private static NumaRun Make(string workload, NumaNode from, NumaNode to, params ReadOnlySpan<(string Name, string Value)?> items)
    {
        var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["node"] = Number(to.Id) };
        foreach ((string, string)? item in items)
        {
            if (item is var (name, value))
            {
                parameters[name] = value;
            }
        }

        return new NumaRun(workload, Number(from.Id), parameters, Line($"{workload}: CPUs of node {from.Id}, memory of node {to.Id}"));
    }

    // Each thread of the triad takes whole pages of the largest kind asked for.
    private static (string, string)? Size(long? bytes, int threads)
    {
        long unit = (2L << 20) * threads;
        return bytes is { } size ? ("sizeBytes", Number((size + unit - 1) / unit * unit)) : null;
    }

    private static string List(CpuSet cpus) => string.Join(',', cpus.Members);

    private static SortedDictionary<string, string> With(IReadOnlyDictionary<string, string> parameters, string name, string value)
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal) { [name] = value };
        foreach ((string key, string text) in parameters)
        {
            all[key] = text;
        }

        return all;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record NumaRun(string Workload, string CpuNode, SortedDictionary<string, string> Parameters, string Title);
}
