using Passthrough.Bench.Engine;
using Passthrough.Cli.Output;
using Passthrough.Cli.Verbs;
using Passthrough.Host.Cpu;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Passthrough.Results;
using Passthrough.Study.Numa;
using Passthrough.Tests.Diagnosis;
using Xunit;

namespace Passthrough.Tests.Study.Numa;

public sealed class NumaStudyTests
{
    [Fact]
    public void Every_pair_is_measured_once_a_block_in_an_order_of_its_own()
    {
        ResultsDocument document = Run(Machine(Node(0, [0, 1], 4), Node(1, [2, 3], 4)), blocks: 6);

        Assert.Equal(2 * 4 * 6, document.Workloads.Count);
        Assert.All(document.Workloads.GroupBy(run => run.Block),
            block => Assert.Equal(8, block.Select(run => (run.Name, run.Parameters["cpuNode"], run.Parameters["node"])).Distinct().Count()));
        string[] orders = [.. document.Workloads.GroupBy(run => run.Block).Select(block => string.Join(' ', block.Select(run => run.Name + run.Parameters["cpuNode"] + run.Parameters["node"])))];
        Assert.True(orders.Distinct().Count() > 1);
        Assert.Empty(document.Skipped);
    }

    [Fact]
    public void A_chase_runs_on_one_cpu_of_the_node_and_the_triad_on_all()
    {
        ResultsDocument document = Run(Machine(Node(0, [0], 4), Node(1, [2, 3, 5], 4)), blocks: 1, sizeBytes: 64 << 20);

        Assert.All(document.Workloads.Where(run => run.Parameters["cpuNode"] == "1"), run =>
            Assert.Equal(run.Name == "memory.chase" ? "2" : "2,3,5", run.Parameters.GetValueOrDefault("cpu") ?? run.Parameters["cpus"]));
        // Three threads take 2 MiB pages each: 64 MiB become 66.
        Assert.Equal(["67108864", "69206016"], document.Workloads.Where(run => run.Parameters["cpuNode"] == "1")
            .Select(run => run.Parameters["sizeBytes"]).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Nodes_of_memory_only_of_cpus_only_and_offline_are_each_told_and_what_there_is_is_measured()
    {
        ResultsDocument document = Run(Machine(Node(0, [0, 1], 4), Node(2, [], 8), Node(3, [2], 0)), blocks: 1);

        Assert.Equal(["0>0", "0>2", "3>0", "3>2"], document.Workloads.Where(run => run.Name == "memory.chase")
            .Select(run => run.Parameters["cpuNode"] + ">" + run.Parameters["node"]).Order(StringComparer.Ordinal));
        Assert.Contains(document.Skipped, item => item is { Name: "memory of node 3", Reason: "the node has no memory, only CPUs" });
        Assert.Contains(document.Skipped, item => item.Name == "CPUs of node 2" && item.Reason.Contains("no CPU online", StringComparison.Ordinal));
        Assert.Contains(document.Skipped, item => item is { Name: "node 1", Reason: "the node is not online" });
    }

    [Fact]
    public void A_pair_that_fails_is_skipped_once_with_its_reason_and_the_others_go_on()
    {
        ResultsDocument document = Run(Machine(Node(0, [0], 4), Node(1, [1], 4)), blocks: 3,
            failing: parameters => parameters["node"] == "1" && parameters.GetValueOrDefault("cpu") == "0");

        SkippedWorkload skipped = Assert.Single(document.Skipped);
        Assert.Equal("memory.chase: CPUs of node 0, memory of node 1", skipped.Name);
        Assert.Equal("node 1 is full.", skipped.Reason);
        Assert.Equal(7 * 3, document.Workloads.Count);
    }

    [Fact]
    public void A_kernel_that_shows_no_nodes_is_sent_to_the_finder() =>
        Assert.Contains("--find-hidden", Assert.Throws<BenchException>(() => Run(Models.Blank, blocks: 1)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_matrix_shows_medians_with_their_spread_and_a_dash_for_what_was_not_measured()
    {
        ResultsDocument document = Run(Machine(Node(0, [0], 4), Node(1, [1], 4)), blocks: 3,
            failing: parameters => parameters["node"] == "1" && parameters.GetValueOrDefault("cpu") == "0");

        string text = Terminal.Plain(console => NumaText.Draw(console, document));

        // Run n of the stand-in takes 100 + n ns, twice that from another node.
        Assert.Contains("101.0 (100.0 to 102.0)", text, StringComparison.Ordinal);
        Assert.Contains("202.0 (200.0 to 204.0)", text, StringComparison.Ordinal);
        Assert.Matches(@"\n  0 +101\.0 \(100\.0 to 102\.0\) +-\n", text);
        Assert.Contains("skipped memory.chase: CPUs of node 0, memory of node 1: node 1 is full.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("--find-hidden", text, StringComparison.Ordinal);
    }

    [Fact]
    public void One_node_is_pointed_to_the_finder()
    {
        ResultsDocument document = Run(Machine(Node(0, [0], 4)), blocks: 1);
        Assert.Contains("--find-hidden", Terminal.Plain(console => NumaText.Draw(console, document)), StringComparison.Ordinal);
    }

    private static ResultsDocument Run(HostModel model, int blocks, long? sizeBytes = null, Func<IReadOnlyDictionary<string, string>, bool>? failing = null) =>
        NumaStudy.Run(model, new NumaOptions { Blocks = blocks, SizeBytes = sizeBytes, Version = "0" }, (info, parameters, _, options) =>
            failing?.Invoke(parameters) == true ? throw new BenchException("node 1 is full.") : new WorkloadRun
            {
                Name = info.Name,
                Parameters = parameters,
                Metric = info.Metric,
                Unit = info.Unit,
                Variant = options.Variant,
                Run = options.Run,
                Block = options.Block,
                Value = (100 + options.Run) * (parameters.GetValueOrDefault("cpu") is { } cpu && cpu != parameters["node"] ? 2 : 1),
                Samples = 1,
                Witness = new Dictionary<string, double>(),
            });

    private static HostModel Machine(params NumaNode[] nodes) =>
        Models.Blank with { Memory = Models.Blank.Memory with { Nodes = Models.Known<IReadOnlyList<NumaNode>>(nodes) } };

    private static NumaNode Node(int id, int[] cpus, long gibibytes) => new()
    {
        Id = id,
        Cpus = Models.Known(CpuSet.Of(cpus)),
        MemoryBytes = Models.Known(gibibytes << 30),
        FreeBytes = Models.Known(gibibytes << 30),
        Distances = Models.None<IReadOnlyList<int>>(),
        HugePages = Models.None<IReadOnlyList<HugePagePool>>(),
    };
}
