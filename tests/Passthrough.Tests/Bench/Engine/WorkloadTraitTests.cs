using Passthrough.Bench.Engine;
using Passthrough.Results;
using Xunit;

namespace Passthrough.Tests.Bench.Engine;

[Collection(Measuring.Name)]
public sealed class WorkloadTraitTests
{
    private static readonly RunOptions _options = new() { WarmUp = TimeSpan.FromMinutes(1), Measure = TimeSpan.FromMinutes(1), MaxOperations = 100 };

    [Fact]
    public void A_workload_that_defines_its_value_counts_without_a_sample()
    {
        WorkloadRun run = Run(new Own { Value = 0 });

        Assert.Equal((null, 0.0, 0L), (run.Rejected, run.Value, run.Samples));
        Assert.Null(run.Percentiles);
        Assert.Null(run.Histogram);
    }

    [Fact]
    public void A_workload_that_objects_rejects_its_run_with_its_words()
    {
        WorkloadRun run = Run(new Own { Value = 5, Says = "the counts differ" });

        Assert.Equal("the counts differ", run.Rejected);
        Assert.Null(run.Value);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_run_that_is_cancelled_in_either_stage_ends_at_once_and_closes_what_it_opened(int stage)
    {
        using var cancel = new CancellationTokenSource();
        int executions = 0;
        var workload = new FakeWorkload(_ => 5000)
        {
            DuringExecute = () =>
            {
                if (++executions == stage)
                {
                    cancel.Cancel();
                }
            },
        };

        Assert.Throws<OperationCanceledException>(() => BenchEngine.Run(FakeWorkload.Info(workload), new Dictionary<string, string>(),
            Diagnosis.Models.Blank, _options with { Cancel = cancel.Token }));

        Assert.Equal(stage, executions);
        Assert.Equal("dispose", workload.Events[^1]);
    }

    private static WorkloadRun Run(Own workload) => BenchEngine.Run(new WorkloadInfo
    {
        Name = "own",
        Summary = "A fake.",
        Metric = "latency",
        Unit = "nanoseconds",
        Parameters = [],
        WhyNot = _ => null,
        Create = (_, _) => workload,
    }, new Dictionary<string, string>(), Diagnosis.Models.Blank, _options);

    private sealed class Own : IWorkload, IDefinesValue, IJudgesRun
    {
        public double Value { get; init; }

        public string? Says { get; init; }

        public IReadOnlyDictionary<string, string> Parameters { get; } = new Dictionary<string, string>();

        public void Prepare()
        {
        }

        public void Execute(Stage stage)
        {
        }

        public double ValueOf(Stage stage) => Value;

        public string? Objection() => Says;

        public IReadOnlyDictionary<string, double> Witness() => new Dictionary<string, double>();

        public void Dispose()
        {
        }
    }
}
