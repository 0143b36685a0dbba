using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads;
using Passthrough.Results;
using Passthrough.Tests.Bench.Native;
using Xunit;

namespace Passthrough.Tests.Bench.Engine;

/// <summary>What a run carries beside its value: slices, the runtime's counts, the conditions.</summary>
[Collection(Measuring.Name)]
public sealed class RunRecordTests
{
    private static readonly RunOptions _options = new() { WarmUp = TimeSpan.FromMilliseconds(10), Measure = TimeSpan.FromMilliseconds(30) };

    [Fact]
    public void A_run_carries_its_slices_in_its_own_unit()
    {
        WorkloadRun run = Run(new FakeWorkload(i => 5000 + i), _options with { Measure = TimeSpan.FromMinutes(1), MaxOperations = 500 });

        // Ended by its operations within the first slice: too few to judge.
        Assert.InRange(Assert.Single(run.Slices!), 5200, 5300);
        Assert.Null(run.Unsteady);
        WorkloadRun rate = Run(new FakeWorkload(_ => 1000), _options with { Measure = TimeSpan.FromMinutes(1), MaxOperations = 500 }, "throughput", "perSecond");
        Assert.InRange(Assert.Single(rate.Slices!) / rate.Value!.Value, 0.99, 1.01);
    }

    [Fact]
    public void A_change_of_level_is_a_sentence()
    {
        Assert.Equal("did not reach a steady state: from slice 6 of 20 on, latency is 16.7 % lower than before",
            BenchEngine.Unsteady([.. Enumerable.Range(0, 20).Select(i => i < 5 ? 6000.0 : 5000)], "latency"));
        Assert.Null(BenchEngine.Unsteady([.. Enumerable.Repeat(5000.0, 20)], "latency"));
    }

    [Fact]
    public void Slices_hold_medians_and_rates_of_their_own_time()
    {
        var slices = new StageSlices();
        slices.Begin(1_000, 20_000);
        for (int slice = 0; slice < 20; slice++)
        {
            for (int i = 0; i < 10; i++)
            {
                slices.MoveTo(1_000 + (slice * 1_000) + (i * 100), (slice * 10) + i, ((slice * 10) + i) * 512);
                slices.Record(100 * (slice + 1));
            }
        }

        slices.MoveTo(21_000, 200, 200 * 512);
        slices.End(21_000, 200, 200 * 512);

        Assert.Equal(20, slices.Medians(1).Count);
        Assert.All(slices.Medians(1).Select((median, slice) => median / (100 * (slice + 1))), share => Assert.InRange(share, 0.98, 1.02));
        Assert.All(slices.Medians(4).Zip(slices.Medians(1)), pair => Assert.Equal(pair.Second / 4, pair.First));
        // Ten operations in a thousand ticks of a nanosecond.
        Assert.All(slices.Rates(), rate => Assert.Equal(1e7, rate, 3));
        Assert.All(slices.ByteRates(), rate => Assert.Equal(1e7 * 512, rate, 3));
    }

    [Fact]
    public void An_operation_that_outlasts_slices_leaves_them_out()
    {
        var slices = new StageSlices();
        slices.Begin(0, 20_000);
        slices.MoveTo(100, 0, 0);
        slices.Record(7_000);
        slices.MoveTo(7_100, 1, 0);
        slices.Record(50_000);
        slices.MoveTo(57_100, 2, 0);
        slices.End(57_100, 2, 0);

        Assert.Equal(2, slices.Medians(1).Count);
        Assert.Equal(2, slices.Rates().Count);
    }

    [Fact]
    public void A_latency_beyond_the_range_is_counted_at_its_end()
    {
        var slices = new StageSlices();
        slices.Begin(0, 20_000);
        slices.Record(long.MaxValue);
        slices.Record(-1);
        slices.End(10, 2, 0);

        Assert.InRange(Assert.Single(slices.Medians(1)), 1, 1L << 36);
    }

    [Fact]
    public void The_loop_of_a_real_workload_allocates_nothing_and_collects_nothing()
    {
        WorkloadRun run = Measuring.Undisturbed(WorkloadCatalog.Find("memory.chase")!,
            new Dictionary<string, string> { ["sizeBytes"] = "2097152", ["batch"] = "1024" }, _options);

        Assert.Equal((0, 0L), (run.Collections, run.AllocatedBytes));
        Assert.True(run.JitMethods >= 0);
    }

    [Fact]
    public void What_a_loop_allocates_is_counted()
    {
        WorkloadRun run = Run(new FakeWorkload(_ => 5000) { DuringExecute = () => GC.KeepAlive(new byte[100_000]) });

        Assert.InRange(run.AllocatedBytes!.Value, 100_000, 110_000);
        WorkloadRun collected = Run(new FakeWorkload(_ => 5000) { DuringExecute = () => GC.Collect(0) });
        Assert.True(collected.Collections > 0);
        Assert.Equal(BenchEngine.GarbageCollection, collected.Rejected);
    }

    [Fact]
    public void Conditions_are_read_through_the_kernel_around_the_stage()
    {
        using FakeSystemCalls kernel = Machine();
        int reads = 0;
        var workload = new FakeWorkload(_ => 5000)
        {
            Cpu = 3,
            // The second stage is the measured one: what the hypervisor takes meanwhile is the run's.
            DuringExecute = () => kernel.Files["/proc/stat"] = $"cpu  1 2 3 4 5 6 7 {(reads++ == 0 ? 100 : 142)} 0 0\ncpu0 1 2 3\n",
        };

        RunConditions seen = BenchEngine.Run(FakeWorkload.Info(workload), new Dictionary<string, string>(), Diagnosis.Models.Blank, _options, kernel).Conditions!;

        Assert.Equal(new RunConditions
        {
            Governor = "powersave",
            FrequencyHz = 2_400_000_000,
            Clocksource = "tsc",
            StealTicks = 42,
            Mitigations = "meltdown: Mitigation: PTI; srbds: Vulnerable",
            Microcode = "0xf0",
            Irqbalance = true,
            LoadAverage = 0.25,
            TemperatureC = 61.5,
            TransparentHugePages = "madvise",
            Turbo = false,
        }, seen);
    }

    [Fact]
    public void What_cannot_be_read_is_unknown_and_not_zero()
    {
        using var kernel = new FakeSystemCalls();

        RunConditions seen = BenchEngine.Run(FakeWorkload.Info(new FakeWorkload(_ => 5000)), new Dictionary<string, string>(), Diagnosis.Models.Blank, _options, kernel).Conditions!;

        Assert.Equal(new RunConditions(), seen);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Boost_and_irqbalance_have_their_other_forms()
    {
        using FakeSystemCalls kernel = Machine();
        kernel.Files.Remove("/sys/devices/system/cpu/intel_pstate/no_turbo");
        kernel.Files["/sys/devices/system/cpu/cpufreq/boost"] = "1\n";
        kernel.Files["/proc/17/comm"] = "bash\n";
        kernel.Files["/proc/stat"] = "cpu 1 2 3 4\n";

        Conditions conditions = Conditions.Read(kernel, null);
        conditions.Begin();
        RunConditions seen = conditions.End();

        Assert.Equal((true, false, (long?)null), (seen.Turbo, seen.Irqbalance, seen.StealTicks));
        // Nothing was asked of CPU 3: without a CPU of its own, CPU 0 speaks.
        Assert.Null(seen.Governor);
    }

    private static FakeSystemCalls Machine()
    {
        var kernel = new FakeSystemCalls();
        kernel.Files["/sys/devices/system/cpu/cpu3/cpufreq/scaling_governor"] = "powersave\n";
        kernel.Files["/sys/devices/system/cpu/cpu3/cpufreq/scaling_cur_freq"] = "2400000\n";
        kernel.Files["/sys/devices/system/clocksource/clocksource0/current_clocksource"] = "tsc\n";
        kernel.Files["/proc/stat"] = "cpu  1 2 3 4 5 6 7 100 0 0\n";
        kernel.Files["/sys/devices/system/cpu/vulnerabilities/l1tf"] = "Not affected\n";
        kernel.Files["/sys/devices/system/cpu/vulnerabilities/meltdown"] = "Mitigation: PTI\n";
        kernel.Files["/sys/devices/system/cpu/vulnerabilities/srbds"] = "Vulnerable\n";
        kernel.Folders["/sys/devices/system/cpu/vulnerabilities"] = ["l1tf", "meltdown", "srbds"];
        kernel.Files["/sys/devices/system/cpu/cpu0/microcode/version"] = "0xf0\n";
        kernel.Folders["/proc"] = ["17", "cpuinfo"];
        kernel.Files["/proc/17/comm"] = "irqbalance\n";
        kernel.Files["/proc/loadavg"] = "0.25 0.10 0.05 1/100 17\n";
        kernel.Folders["/sys/class/thermal"] = ["cooling_device0", "thermal_zone0", "thermal_zone1", "thermal_zone2"];
        kernel.Files["/sys/class/thermal/thermal_zone0/temp"] = "45000\n";
        kernel.Files["/sys/class/thermal/thermal_zone1/temp"] = "61500\n";
        kernel.Files["/sys/kernel/mm/transparent_hugepage/enabled"] = "always [madvise] never\n";
        kernel.Files["/sys/devices/system/cpu/intel_pstate/no_turbo"] = "1\n";
        return kernel;
    }

    private static WorkloadRun Run(FakeWorkload workload, RunOptions? options = null, string metric = "latency", string unit = "nanoseconds")
    {
        using var kernel = new FakeSystemCalls();
        return BenchEngine.Run(FakeWorkload.Info(workload, metric, unit), new Dictionary<string, string>(), Diagnosis.Models.Blank, options ?? _options, kernel);
    }
}
