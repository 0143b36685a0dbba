using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Workloads;
using Passthrough.Bench.Workloads.Timers;
using Passthrough.Results;
using Passthrough.Tests.Bench.Engine;
using Passthrough.Tests.Bench.Native;
using Xunit;

namespace Passthrough.Tests.Bench.Workloads.Timers;

[Collection(Measuring.Name)]
public sealed class TimerWorkloadTests
{
    private static readonly RunOptions _short = new() { WarmUp = TimeSpan.FromMilliseconds(10), Measure = TimeSpan.FromMilliseconds(60) };

    [Fact]
    public void A_wake_up_is_late_by_what_lies_after_its_instant_and_the_next_is_one_interval_on()
    {
        using var kernel = new FakeSystemCalls();
        var asked = new List<long>();
        kernel.OnSleepUntil = next =>
        {
            asked.Add(next);
            return LinuxSystemCalls.Instance.SleepUntil(next + 100_000);
        };
        using TimerWakeupWorkload workload = Timer(kernel, ("intervalNs", "20000000"));
        workload.Prepare();
        workload.MarkWitness();
        var stage = new Stage(TimeSpan.FromMinutes(1), 3);

        workload.Execute(stage);

        Assert.Equal(3, stage.Samples);
        Assert.True(stage.Latencies.GetValueAtPercentile(1) >= 99_900);
        Assert.All(asked.Zip(asked.Skip(1)), pair => Assert.Equal(0, (pair.Second - pair.First) % 20_000_000));
    }

    [Fact]
    public void Instants_that_passed_are_counted_and_not_measured()
    {
        using var kernel = new FakeSystemCalls();
        // Wakes ten intervals late.
        kernel.OnSleepUntil = next => LinuxSystemCalls.Instance.SleepUntil(next + 1_000_000);
        using TimerWakeupWorkload workload = Timer(kernel, ("intervalNs", "100000"));
        workload.Prepare();
        workload.MarkWitness();
        var stage = new Stage(TimeSpan.FromMinutes(1), 2);

        workload.Execute(stage);

        Assert.Equal(2, stage.Samples);
        Assert.True(workload.Witness()["overruns"] >= 20);
    }

    [Fact]
    public void A_signal_goes_on_with_the_same_sleep_and_another_error_is_a_sentence()
    {
        using var kernel = new FakeSystemCalls();
        var asked = new List<long>();
        kernel.OnSleepUntil = next =>
        {
            asked.Add(next);
            return asked.Count == 1 ? -Errno.EINTR : asked.Count == 2 ? 0 : -Errno.EINVAL;
        };
        using TimerWakeupWorkload workload = Timer(kernel);
        workload.Prepare();

        var thrown = Assert.Throws<BenchException>(() => workload.Execute(new Stage(TimeSpan.FromMinutes(1))));

        Assert.Equal(asked[0], asked[1]);
        Assert.NotEqual(asked[1], asked[2]);
        Assert.Equal("clock_nanosleep", thrown.Call);
    }

    [Fact]
    public void The_witness_says_whether_idle_states_were_forbidden()
    {
        using var kernel = new FakeSystemCalls();
        using TimerWakeupWorkload without = Timer(kernel);
        without.Prepare();
        Assert.Equal(0, without.Witness()["dmaLatencyHeld"]);

        kernel.OnOpen = _ => 0;
        using TimerWakeupWorkload with = Timer(kernel);
        with.Prepare();
        Assert.Equal(1, with.Witness()["dmaLatencyHeld"]);
    }

    [Fact]
    public void A_real_thread_wakes_up_after_its_instants()
    {
        WorkloadRun run = Measuring.Undisturbed(WorkloadCatalog.Find("timer.wakeup")!,
            new() { ["priority"] = "0", ["lockMemory"] = "no", ["dmaLatency"] = "leave", ["intervalNs"] = "500000" }, _short);

        Assert.True(run.Rejected is null || run.Rejected.Contains("clock source", StringComparison.Ordinal), run.Rejected);
        Assert.True(run.Samples > 5);
        Assert.True(run.Witness["sleeps"] > 0);
    }

    [Fact]
    public void Gaps_are_the_samples_and_lost_time_in_a_second_is_the_value()
    {
        // A threshold of a second finds nothing, and nothing is the best result, not a failed run.
        WorkloadRun quiet = Measuring.Undisturbed(WorkloadCatalog.Find("cpu.noise")!, new() { ["thresholdNs"] = "1000000000" }, _short);
        Assert.Equal((null, 0.0, 0L, 0.0), (quiet.Rejected, quiet.Value, quiet.Samples, quiet.Witness["lostNs"]));
        Assert.True(quiet.Witness["readings"] > 100);

        using var kernel = new FakeSystemCalls();
        using var workload = new CpuNoiseWorkload(kernel, Set("cpu.noise", ("thresholdNs", "100")));
        workload.Prepare();
        workload.MarkWitness();
        var stage = new Stage(TimeSpan.FromMilliseconds(300), 5);
        workload.Execute(stage);
        IReadOnlyDictionary<string, double> witness = workload.Witness();
        Assert.Equal(stage.Samples, witness["gaps"]);
        Assert.True(witness["lostNs"] >= witness["gaps"] * 100 && witness["longestNs"] <= witness["lostNs"]);
        Assert.InRange(workload.ValueOf(stage), witness["gaps"] > 0 ? 1 : 0, 1e9);
    }

    [Fact]
    public void The_clock_never_goes_backwards_and_its_source_identifies_the_run()
    {
        using var kernel = new FakeSystemCalls();
        kernel.Files["/sys/devices/system/clocksource/clocksource0/current_clocksource"] = "tsc\n";
        using var workload = new ClockReadWorkload(kernel, Set("clock.read"));
        workload.Prepare();
        workload.MarkWitness();
        var stage = new Stage(TimeSpan.FromMinutes(1), 1000);

        workload.Execute(stage);

        Assert.Equal("tsc", workload.Parameters["source"]);
        Assert.Equal((1000L, 0.0), (stage.Samples, workload.Witness()["backwards"]));
        Assert.True(workload.Witness()["minimumNs"] <= stage.Latencies.GetValueAtPercentile(50));
    }

    [Fact]
    public void A_doubtful_clock_is_the_result_of_reading_it()
    {
        using var kernel = new FakeSystemCalls();
        kernel.Files["/sys/devices/system/clocksource/clocksource0/current_clocksource"] = "hpet\n";

        WorkloadRun run = BenchEngine.Run(WorkloadCatalog.Find("clock.read")! with
        {
            Create = (_, _) => new ClockReadWorkload(kernel, Set("clock.read")),
        }, new Dictionary<string, string>(), Diagnosis.Models.Blank, _short with { MaxOperations = 100 }, kernel);

        Assert.True(run.Rejected is null or BenchEngine.GarbageCollection, run.Rejected);
        Assert.Equal("hpet", run.Parameters["source"]);
    }

    [Fact]
    public void Another_clock_source_than_the_one_asked_for_is_refused()
    {
        using var kernel = new FakeSystemCalls();
        kernel.Files["/sys/devices/system/clocksource/clocksource0/current_clocksource"] = "hpet\n";
        using var workload = new ClockReadWorkload(kernel, Set("clock.read", ("source", "tsc")));

        Assert.Contains("is hpet and not tsc", Assert.Throws<BenchException>(workload.Prepare).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("timer.wakeup", "priority", "100")]
    [InlineData("timer.wakeup", "intervalNs", "0")]
    [InlineData("timer.wakeup", "dmaLatency", "1")]
    [InlineData("timer.wakeup", "lockMemory", "maybe")]
    [InlineData("cpu.noise", "thresholdNs", "1")]
    [InlineData("clock.read", "cpu", "-1")]
    public void A_wrong_parameter_is_refused_before_anything_is_changed(string workload, string name, string value) =>
        Assert.Contains(name, Assert.Throws<BenchException>(() => WorkloadCatalog.Find(workload)!.Create(
            new Dictionary<string, string> { [name] = value }, Diagnosis.Models.Blank)).Message, StringComparison.Ordinal);

    private static TimerWakeupWorkload Timer(FakeSystemCalls kernel, params (string Name, string Value)[] given) =>
        new(kernel, Set("timer.wakeup", given));

    private static ParameterSet Set(string name, params (string Name, string Value)[] given) =>
        new(name, WorkloadCatalog.Find(name)!.Parameters, given.ToDictionary(pair => pair.Name, pair => pair.Value));
}
