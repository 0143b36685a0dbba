using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Workloads;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Perfolizer.Mathematics.OutlierDetection;

namespace Passthrough.Benchmarks.Workloads;

/// <summary>
/// A workload of the tool under BenchmarkDotNet's engine: the same preparation and the same loop, with another engine's warm-up, clock and
/// reduction. One invocation is an iteration, because each needs a stage of its own, made outside of the measured time.
/// </summary>
/// <param name="workload">Name in the catalogue.</param>
/// <param name="operations">Operations of one invocation.</param>
[Config(typeof(OneInvocation))]
public abstract class WorkloadBenchmark(string workload, long operations)
{
    private IWorkload? _workload;
    private Stage? _stage;

    /// <summary>Parameters of the workload; what is missing takes its default. One process measures one set.</summary>
    public static IReadOnlyDictionary<string, string> Parameters { get; set; } = new Dictionary<string, string>();

    /// <summary>From nanoseconds an operation, which BenchmarkDotNet tells, to the unit of the workload; known once one invocation has ended.</summary>
    internal static Func<double, double>? InUnit { get; private set; }

    /// <summary>Why nothing could be prepared; BenchmarkDotNet keeps it for its log.</summary>
    internal static string? Failure { get; private set; }

    /// <summary>Pins the measuring thread, which is this one, and prepares.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        try
        {
            Open();
        }
        catch (BenchException error)
        {
            Failure = error.Message;
            throw;
        }
    }

    /// <summary>A stage that ends after the operations of one invocation, never by its time.</summary>
    [IterationSetup]
    public void NewStage() => _stage = new Stage(TimeSpan.FromHours(1), operations);

    /// <summary>Remembers how much an operation moved.</summary>
    [IterationCleanup]
    public void Remember()
    {
        double bytesPerOperation = (double)_stage!.Bytes / _stage.Operations;
        InUnit = WorkloadCatalog.Find(workload)!.Unit switch
        {
            "bytesPerSecond" => ns => bytesPerOperation / ns * 1e9,
            "perSecond" => ns => 1e9 / ns,
            _ => ns => ns,
        };
    }

    /// <summary>Gives back what Prepare opened.</summary>
    [GlobalCleanup]
    public void End() => _workload?.Dispose();

    /// <summary>The operations of one invocation.</summary>
    protected void Execute() => _workload!.Execute(_stage!);

    private void Open()
    {
        WorkloadInfo info = WorkloadCatalog.Find(workload) ?? throw new BenchException($"There is no workload {workload}.");
        HostModel model = HostReader.Read(new LiveEvidence());
        if (info.WhyNot(model) is { } reason)
        {
            throw new BenchException(reason);
        }

        _workload = info.Create(Parameters, model);
        if (_workload is IRunsOnCpu { Cpu: { } cpu })
        {
            ThreadPin.To(LinuxSystemCalls.Instance, cpu);
        }

        _workload.Prepare();
    }

    private sealed class OneInvocation : BenchmarkDotNet.Configs.ManualConfig
    {
        public OneInvocation() => AddJob(Job.Default.WithStrategy(RunStrategy.Monitoring).WithInvocationCount(1).WithUnrollFactor(1)
            .WithOutlierMode(OutlierMode.DontRemove).AsMutator());
    }
}
