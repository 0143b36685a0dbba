using Passthrough.Bench.Engine;
using Passthrough.Host.Evidence;
using Passthrough.Results;
using Passthrough.Study;
using Passthrough.Tests.Bench.Engine;
using Xunit;

namespace Passthrough.Tests.Study;

[Collection(Measuring.Name)]
public sealed class SweepStudyTests
{
    private static readonly StudyOptions _options = new() { WarmUp = TimeSpan.Zero, Measure = TimeSpan.FromMilliseconds(2), Version = "1" };

    [Fact]
    public void The_matrix_holds_every_combination_once_with_what_is_set()
    {
        IReadOnlyList<IReadOnlyDictionary<string, string>> cells = SweepStudy.Matrix(new Dictionary<string, string> { ["z"] = "0" },
            [new SweepAxis("a", ["1", "2"]), new SweepAxis("b", ["x", "y", "w"])]);

        Assert.Equal(["a=1 b=x z=0", "a=1 b=y z=0", "a=1 b=w z=0", "a=2 b=x z=0", "a=2 b=y z=0", "a=2 b=w z=0"],
            cells.Select(cell => string.Join(' ', cell.Select(pair => $"{pair.Key}={pair.Value}"))));
    }

    [Fact]
    public void What_cannot_be_swept_is_a_sentence()
    {
        string[] nine = [.. Enumerable.Range(0, 9).Select(i => $"{i}")];
        Assert.Contains("81 combinations", Thrown([], new SweepAxis("a", nine), new SweepAxis("b", nine)), StringComparison.Ordinal);
        Assert.Contains("both set and swept", Thrown(new() { ["a"] = "1" }, new SweepAxis("a", ["1", "2"])), StringComparison.Ordinal);
        Assert.Contains("swept twice", Thrown([], new SweepAxis("a", ["1", "2"]), new SweepAxis("a", ["3", "4"])), StringComparison.Ordinal);

        static string Thrown(Dictionary<string, string> set, params SweepAxis[] axes) =>
            Assert.Throws<BenchException>(() => SweepStudy.Matrix(set, axes)).Message;
    }

    [Fact]
    public void Every_block_runs_every_cell_in_another_order_and_a_broken_cell_is_skipped()
    {
        ResultsDocument document = Run("a", ["1", "2", "3", "bad"], blocks: 6);

        Assert.Equal(18, document.Workloads.Count);
        Assert.All(document.Workloads.GroupBy(run => run.Block), block => Assert.Equal(3, block.Select(run => run.Parameters["a"]).Distinct().Count()));
        Assert.True(document.Workloads.GroupBy(run => run.Block).Select(block => string.Concat(block.Select(run => run.Parameters["a"]))).Distinct().Count() > 1);
        SkippedWorkload skipped = Assert.Single(document.Skipped);
        Assert.Equal(("fake (a=bad)", "it is bad."), (skipped.Name, skipped.Reason));
        Assert.All(document.Workloads, run => Assert.Equal(("only", (string?)null), (run.Variant, run.Factor)));
    }

    [Fact]
    public void Where_no_cell_can_run_the_sentence_is_the_error() =>
        Assert.Equal("it is bad.", Assert.Throws<BenchException>(() => Run("a", ["bad"], 2)).Message);

    private static ResultsDocument Run(string name, string[] values, int blocks)
    {
        WorkloadInfo info = FakeWorkload.Info(new FakeWorkload(_ => 5000)) with
        {
            Create = (parameters, _) => parameters[name] == "bad" ? throw new BenchException("it is bad.") : new Named(parameters),
        };
        return SweepStudy.Run(info, SweepStudy.Matrix(new Dictionary<string, string>(), [new SweepAxis(name, values)]), blocks,
            Diagnosis.Models.Blank with { Source = SourceKind.Live }, _options);
    }

    private sealed class Named(IReadOnlyDictionary<string, string> parameters) : IWorkload
    {
        public IReadOnlyDictionary<string, string> Parameters { get; } = parameters;

        public void Prepare()
        {
        }

        public void Execute(Stage stage)
        {
            while (stage.Goes)
            {
                stage.Record(5000);
            }
        }

        public IReadOnlyDictionary<string, double> Witness() => new Dictionary<string, double>();

        public void Dispose()
        {
        }
    }
}
