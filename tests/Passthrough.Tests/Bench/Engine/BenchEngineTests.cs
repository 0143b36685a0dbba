using HdrHistogram;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Results;
using Passthrough.Tests.Bench.Native;
using Xunit;

namespace Passthrough.Tests.Bench.Engine;

[Collection(Measuring.Name)]
public sealed class BenchEngineTests
{
    private static readonly RunOptions _options = new()
    {
        Variant = "tuned",
        Factor = "hugepages",
        Run = 3,
        Block = 2,
        WarmUp = TimeSpan.FromMinutes(1),
        Measure = TimeSpan.FromMinutes(1),
        MaxOperations = 4000,
    };

    [Fact]
    public void A_run_is_prepared_warmed_marked_measured_and_disposed_in_that_order()
    {
        var workload = new FakeWorkload(i => 1000 + i);

        WorkloadRun run = Run(workload, _options with { AfterPrepare = _ => workload.Events.Add("after prepare") });

        Assert.Equal(["prepare", "after prepare", "execute", "mark", "execute", "dispose"], workload.Events);
        Assert.Equal(("tuned", "hugepages", 3, 2), (run.Variant, run.Factor, run.Run, run.Block));
        // The warm-up's 4000 operations are in neither the samples nor the witness.
        Assert.Equal(4000, run.Samples);
        Assert.Equal(4000, run.Witness["counter"]);
        Assert.Equal(["counter", "z"], run.Witness.Keys);
        Assert.Null(run.Rejected);
    }

    [Fact]
    public void The_value_of_a_latency_run_is_its_median_and_the_tail_is_kept()
    {
        // 1000 … 4999 ns and, once, a full second that nobody may delete.
        WorkloadRun run = Run(new FakeWorkload(i => i == 3999 ? 1_000_000_000 : 1000 + i), _options);

        Assert.InRange(run.Value!.Value, 2990, 3010);
        Assert.Equal(run.Value, run.Percentiles!.P50);
        Assert.InRange(run.Percentiles.P99!.Value, 4940, 4980);
        Assert.InRange(run.Percentiles.P999!.Value, 4970, 5010);
        HistogramBase decoded = Measuring.Decode(run.Histogram!);
        Assert.Equal(4000, decoded.TotalCount);
        Assert.InRange(decoded.GetMaxValue(), 999_000_000, 1_001_000_000);
    }

    [Theory]
    [InlineData(367, false, false)]
    [InlineData(368, true, false)]
    [InlineData(3687, true, false)]
    [InlineData(3688, true, true)]
    public void A_tail_is_printed_only_where_the_samples_bound_it(int samples, bool p99, bool p999)
    {
        WorkloadRun run = Run(new FakeWorkload(_ => 5000), _options with { MaxOperations = samples });

        Assert.Equal((samples, p99, p999), ((int)run.Samples, run.Percentiles!.P99 is not null, run.Percentiles.P999 is not null));
    }

    [Fact]
    public void Throughput_is_operations_or_bytes_over_the_stage()
    {
        RunOptions options = _options with { Measure = TimeSpan.FromMilliseconds(40), MaxOperations = long.MaxValue, WarmUp = TimeSpan.Zero };
        var slow = new FakeWorkload(i =>
        {
            Thread.SpinWait(100);
            return 1000;
        });

        WorkloadRun perSecond = Run(slow, options, "throughput", "perSecond");

        // The stage lasts 40 ms or, on a busy machine, longer; then fewer operations a second were really made.
        Assert.InRange(perSecond.Samples / perSecond.Value!.Value, 0.0399, 5);
        WorkloadRun bytes = Run(new FakeWorkload(_ => 1000), options, "throughput", "bytesPerSecond");
        Assert.InRange(bytes.Samples * 100 / bytes.Value!.Value, 0.0399, 5);
    }

    [Fact]
    public void A_garbage_collection_during_the_stage_rejects_the_run_and_keeps_its_samples()
    {
        WorkloadRun run = Run(new FakeWorkload(_ => 5000) { DuringExecute = () => GC.Collect(0) }, _options);

        Assert.Equal(BenchEngine.GarbageCollection, run.Rejected);
        Assert.Null(run.Value);
        Assert.Equal(4000, run.Samples);
    }

    [Fact]
    public void A_stage_without_an_operation_is_rejected_and_not_zero()
    {
        WorkloadRun run = Run(new FakeWorkload(_ => 0), _options);

        Assert.Equal(BenchEngine.NoOperation, run.Rejected);
        Assert.Null(run.Value);
        Assert.Null(run.Percentiles);
        Assert.Null(run.Histogram);
    }

    [Theory]
    [InlineData("acpi_pm", 500, true)]
    [InlineData("acpi_pm", 5000, false)]
    public void A_doubtful_clock_carries_no_interval_below_a_microsecond(string source, long latencyNs, bool refused)
    {
        using var kernel = new FakeSystemCalls();
        kernel.Files["/sys/devices/system/clocksource/clocksource0/current_clocksource"] = source + "\n";

        WorkloadRun run = BenchEngine.Run(FakeWorkload.Info(new FakeWorkload(_ => latencyNs)), new Dictionary<string, string>(),
            Diagnosis.Models.Blank, _options, kernel);

        Assert.Equal(refused, run.Rejected?.Contains("the clock source is acpi_pm", StringComparison.Ordinal) ?? false);
        Assert.Equal(refused, run.Value is null);
    }

    [Fact]
    public void The_measuring_thread_is_pinned_before_prepare_and_is_not_the_callers()
    {
        using var kernel = new FakeSystemCalls();
        var workload = new FakeWorkload(_ => 5000) { Cpu = 1 };
        int hookThread = 0;

        BenchEngine.Run(FakeWorkload.Info(workload), new Dictionary<string, string>(), Diagnosis.Models.Blank,
            _options with { AfterPrepare = _ => hookThread = Environment.CurrentManagedThreadId }, kernel);

        Assert.Contains("pin 1", kernel.Calls);
        Assert.Equal(Environment.CurrentManagedThreadId, hookThread);
        Assert.NotEqual(hookThread, workload.Thread);
    }

    [Fact]
    public void A_refused_cpu_is_a_sentence_and_the_workload_is_disposed()
    {
        using var kernel = new FakeSystemCalls { PinResult = -Errno.EINVAL };
        var workload = new FakeWorkload(_ => 5000) { Cpu = 7 };

        var thrown = Assert.Throws<BenchException>(() => BenchEngine.Run(FakeWorkload.Info(workload), new Dictionary<string, string>(),
            Diagnosis.Models.Blank, _options, kernel));

        Assert.Contains("CPU 7", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(["dispose"], workload.Events);
    }

    [Fact]
    public void A_failing_hook_still_disposes_the_workload()
    {
        var workload = new FakeWorkload(_ => 5000);

        Assert.Throws<InvalidOperationException>(() => Run(workload, _options with { AfterPrepare = _ => throw new InvalidOperationException() }));

        Assert.Equal(["prepare", "dispose"], workload.Events);
    }

    private static WorkloadRun Run(FakeWorkload workload, RunOptions options, string metric = "latency", string unit = "nanoseconds") =>
        BenchEngine.Run(FakeWorkload.Info(workload, metric, unit), new Dictionary<string, string>(), Diagnosis.Models.Blank, options);
}
