using System.Globalization;
using Passthrough.Bench.Native;
using Passthrough.Host.Model;
using Passthrough.Results;
using Passthrough.Results.Statistics;

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
        if (info.Overwrites(parameters) is { } overwriting && !(options.Destructive && overwriting.IsFullName))
        {
            throw new BenchException(overwriting.IsFullName
                ? $"{info.Name} would overwrite {overwriting.Target}, and this run was not allowed to destroy anything (--destructive)."
                : $"{info.Name} would write to \"{overwriting.Target}\": what is overwritten is named by its full path (--set device=/dev/…).");
        }

        using IWorkload workload = info.Create(parameters, model);
        options.Cancel.ThrowIfCancellationRequested();
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
        Conditions conditions = Conditions.Read(system, (workload as IRunsOnCpu)?.Cpu);
        ClockQuality? before = latency && workload is not ITimesTheClock ? ClockQuality.Measure(system) : null;
        workload.Execute(new Stage(options.WarmUp, options.MaxOperations, options.Cancel));
        options.Cancel.ThrowIfCancellationRequested();

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        workload.MarkWitness();
        conditions.Begin();
        var stage = new Stage(options.Measure, options.MaxOperations, options.Cancel);
        RuntimeCounts begun = RuntimeCounts.Now();
        workload.Execute(stage);
        stage.End();
        RuntimeCounts counts = RuntimeCounts.Now().Since(begun);
        options.Cancel.ThrowIfCancellationRequested();
        RunConditions seen = conditions.End();
        IReadOnlyDictionary<string, double> witness = workload.Witness();
        ClockQuality? after = latency && workload is not ITimesTheClock ? ClockQuality.Measure(system) : null;

        string? rejected = stage.Operations == 0 && workload is not IDefinesValue ? NoOperation
            : counts.Collections > 0 ? GarbageCollection
            : ClockObjection(stage, before) ?? ClockObjection(stage, after) ?? (workload as IJudgesRun)?.Objection();
        IReadOnlyList<double> slices = Slices(info, stage);
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
            Value = rejected is null ? (workload as IDefinesValue)?.ValueOf(stage) ?? Value(info, stage) : null,
            Percentiles = PercentilePolicy.Of(stage),
            Samples = stage.Samples,
            Histogram = stage.Samples > 0 ? HistogramText.Encode(stage.Latencies) : null,
            Witness = Ordered(witness),
            Rejected = rejected,
            Slices = slices,
            Unsteady = Unsteady(slices, info.Metric),
            Collections = counts.Collections,
            AllocatedBytes = counts.AllocatedBytes,
            JitMethods = counts.JitMethods,
            Conditions = seen,
        };
    }

    private static IReadOnlyList<double> Slices(WorkloadInfo info, Stage stage) => info.Unit switch
    {
        "perSecond" => stage.Slices.Rates(),
        "bytesPerSecond" => stage.Slices.ByteRates(),
        _ => stage.Slices.Medians(stage.BatchSize),
    };

    /// <summary>Why these slices are not steady, a sentence; null where no change is found.</summary>
    internal static string? Unsteady(IReadOnlyList<double> slices, string metric) => SteadyState.Find(slices) is not { } change ? null : string.Create(CultureInfo.InvariantCulture,
        $"did not reach a steady state: from slice {change.Slice + 1} of {change.Slices} on, {metric} is {Math.Abs(change.Change) * 100:0.#} % {(change.Change > 0 ? "higher" : "lower")} than before");

    private static double Value(WorkloadInfo info, Stage stage) => info.Unit switch
    {
        "perSecond" => stage.Operations / stage.Elapsed.TotalSeconds,
        "bytesPerSecond" => stage.Bytes / (stage.DeviceNs / 1e9 ?? stage.Elapsed.TotalSeconds),
        _ => PercentilePolicy.At(stage, 50),
    };

    /// <summary>Rule 3: a clock that is slow or of an unproven source carries no interval below a microsecond.</summary>
    private static string? ClockObjection(Stage stage, ClockQuality? clock)
    {
        if (stage.Samples == 0)
        {
            return null;
        }

        // What was timed is the batch, where operations were timed in batches.
        long timedNs = stage.BatchSize == 1 ? stage.Latencies.GetValueAtPercentile(50) : stage.Batches.GetValueAtPercentile(50);
        return clock is { CarriesSubMicrosecond: false } && timedNs < 1000
            ? $"the timed intervals are shorter than one microsecond, and {clock.Sentence}"
            : null;
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
