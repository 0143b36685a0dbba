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
    private static readonly RunOptions _options = new() { WarmUp = TimeSpan.FromMilliseconds(20), Measure = TimeSpan.FromMilliseconds(200) };

    [Fact]
    public void A_steady_run_has_twenty_slices_of_its_own_value()
    {
        WorkloadRun run = Run(new FakeWorkload(_ => 5000));

        Assert.Equal(20, run.Slices!.Count);
        Assert.All(run.Slices, median => Assert.InRange(median, 4950, 5080));
        Assert.Null(run.Unsteady);
    }

    [Fact]
    public void A_run_that_changes_its_level_is_marked_and_still_counts()
    {
        var watch = new System.Diagnostics.Stopwatch();
        var workload = new FakeWorkload(_ =>
        {
            watch.Start();
            return watch.ElapsedMilliseconds < 120 ? 6000 : 5000;
        });
        WorkloadRun run = Run(workload, _options with { WarmUp = TimeSpan.Zero });

        Assert.Matches("^did not reach a steady state: from slice \\d+ of \\d+ on, latency is 16\\.\\d\\s?% lower than before$", run.Unsteady);
        Assert.NotNull(run.Value);
        Assert.Null(run.Rejected);
    }

    [Fact]
    public void A_stage_ended_by_its_operations_has_one_slice_and_is_not_judged()
    {
        WorkloadRun run = Run(new FakeWorkload(i => 5000 + i), _options with { Measure = TimeSpan.FromMinutes(1), MaxOperations = 500 });

        Assert.Single(run.Slices!);
        Assert.InRange(run.Slices![0], 5200, 5300);
        Assert.Null(run.Unsteady);
    }

    [Fact]
    public void Slices_of_a_throughput_are_rates()
    {
        WorkloadRun run = Run(new FakeWorkload(_ => 1000), metric: "throughput", unit: "perSecond");

        Assert.InRange(run.Slices!.Average() / run.Value!.Value, 0.7, 1.4);
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
