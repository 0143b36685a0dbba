using Passthrough.Bench.Engine;

namespace Passthrough.Tests.Bench.Engine;

/// <summary>Records latencies of the test's making, in order, and keeps what the engine did with it.</summary>
internal sealed class FakeWorkload(Func<long, long> latencyOf) : IWorkload, IRunsOnCpu
{
    private long _counter;
    private long _mark;

    public List<string> Events { get; } = [];

    public int? Cpu { get; init; }

    public int Thread { get; private set; }

    public Action? DuringExecute { get; init; }

    public IReadOnlyDictionary<string, string> Parameters { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["size"] = "1" };

    public static WorkloadInfo Info(FakeWorkload workload, string metric = "latency", string unit = "nanoseconds") => new()
    {
        Name = "fake",
        Summary = "A fake.",
        Metric = metric,
        Unit = unit,
        Parameters = [],
        WhyNot = _ => null,
        Create = (_, _) => workload,
    };

    public void Prepare()
    {
        Thread = Environment.CurrentManagedThreadId;
        Events.Add("prepare");
    }

    public void MarkWitness()
    {
        _mark = _counter;
        Events.Add("mark");
    }

    public void Execute(Stage stage)
    {
        Events.Add("execute");
        DuringExecute?.Invoke();
        for (long i = 0; stage.Goes && latencyOf(i) > 0; i++)
        {
            stage.Record(latencyOf(i), 100);
            _counter++;
        }
    }

    public IReadOnlyDictionary<string, double> Witness() => new Dictionary<string, double> { ["z"] = 1, ["counter"] = _counter - _mark };

    public void Dispose() => Events.Add("dispose");
}
