using Passthrough.Bench.Native;
using Passthrough.Host.Model;
using Passthrough.Results;

namespace Passthrough.Bench.Engine;

/// <summary>
/// Makes one run of one workload: prepare, warm up, measure, witness. No sample is ever deleted; a run is rejected only by the
/// rules declared here, and says which.
/// </summary>
public static class BenchEngine
{
    /// <summary>Rule 1: a collection stops the measuring thread, and its pause would be told as the device's latency.</summary>
    public const string GarbageCollection = "a garbage collection happened during the measured stage";

    /// <summary>Rule 2: nothing was measured.</summary>
    public const string NoOperation = "no operation completed in the measured stage";

    /// <summary>Runs one workload once on a thread of its own, pinned where the workload asks for a CPU.</summary>
    /// <param name="info">The workload.</param>
    /// <param name="parameters">Its parameters; what is missing takes its default.</param>
    /// <param name="model">The machine.</param>
    /// <param name="options">Durations, and what identifies the run.</param>
    /// <exception cref="BenchException">The workload cannot run here.</exception>
    public static WorkloadRun Run(WorkloadInfo info, IReadOnlyDictionary<string, string> parameters, HostModel model, RunOptions options) =>
        Run(info, parameters, model, options, LinuxSystemCalls.Instance);

    internal static WorkloadRun Run(WorkloadInfo info, IReadOnlyDictionary<string, string> parameters, HostModel model,
        RunOptions options, ISystemCalls system)
    {
        using IWorkload workload = info.Create(parameters, model);
        using var worker = new MeasuringThread(info.Name);
        worker.Invoke(() =>
        {
            if (workload is IRunsOnCpu { Cpu: { } cpu })
            {
                ThreadPin.To(system, cpu);
            }

            workload.Prepare();
        });
        options.AfterPrepare?.Invoke(workload);
        return worker.Invoke(() => Measure(info, workload, options, system));
    }

    private static WorkloadRun Measure(WorkloadInfo info, IWorkload workload, RunOptions options, ISystemCalls system)
    {
        bool latency = info.Metric == "latency";
        ClockQuality? before = latency ? ClockQuality.Measure(system) : null;
        workload.Execute(new Stage(options.WarmUp, options.MaxOperations));

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        workload.MarkWitness();
        var stage = new Stage(options.Measure, options.MaxOperations);
        int collections = Collections();
        workload.Execute(stage);
        stage.End();
        bool collected = Collections() != collections;
        IReadOnlyDictionary<string, double> witness = workload.Witness();
        ClockQuality? after = latency ? ClockQuality.Measure(system) : null;

        string? rejected = stage.Operations == 0 ? NoOperation
            : collected ? GarbageCollection
            : ClockObjection(stage, before) ?? ClockObjection(stage, after);
        return new WorkloadRun
        {
            Name = info.Name,
            Parameters = workload.Parameters,
            Metric = info.Metric,
            Unit = info.Unit,
            Variant = options.Variant,
            Factor = options.Factor,
            Run = options.Run,
            Block = options.Block,
            Value = rejected is null ? Value(info, stage) : null,
            Percentiles = PercentilePolicy.Of(stage),
            Samples = stage.Samples,
            Histogram = stage.Samples > 0 ? HistogramText.Encode(stage.Latencies) : null,
            Witness = Ordered(witness),
            Rejected = rejected,
        };
    }

    private static double Value(WorkloadInfo info, Stage stage) => info.Unit switch
    {
        "perSecond" => stage.Operations / stage.Elapsed.TotalSeconds,
        "bytesPerSecond" => stage.Bytes / (stage.DeviceNs / 1e9 ?? stage.Elapsed.TotalSeconds),
        _ => PercentilePolicy.At(stage, 50),
    };

    /// <summary>Rule 3: a clock that is slow or of an unproven source carries no interval below a microsecond.</summary>
    private static string? ClockObjection(Stage stage, ClockQuality? clock)
    {
        // What was timed is the batch, where operations were timed in batches.
        long timedNs = stage.BatchSize == 1 ? stage.Latencies.GetValueAtPercentile(50) : stage.Batches.GetValueAtPercentile(50);
        return clock is { CarriesSubMicrosecond: false } && timedNs < 1000
            ? $"the timed intervals are shorter than one microsecond, and {clock.Sentence}"
            : null;
    }

    private static int Collections()
    {
        int count = 0;
        for (int generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            count += GC.CollectionCount(generation);
        }

        return count;
    }

    private static SortedDictionary<string, double> Ordered(IReadOnlyDictionary<string, double> witness)
    {
        var ordered = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach ((string name, double value) in witness)
        {
            ordered[name] = value;
        }

        return ordered;
    }
}
