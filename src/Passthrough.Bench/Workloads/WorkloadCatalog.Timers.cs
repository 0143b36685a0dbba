using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads.Timers;

namespace Passthrough.Bench.Workloads;

/// <summary>Workloads of timers, of the clock, and of what takes a CPU away.</summary>
public static partial class WorkloadCatalog
{
    private static IReadOnlyList<WorkloadInfo> TimersWorkloads => [TimerWakeup, CpuNoise, ClockRead];

    private static WorkloadParameter PinnedCpu => new("cpu", ParameterSet.Any, "CPU of the measuring thread, or \"any\"");

    private static WorkloadInfo TimerWakeup => Make(
        "timer.wakeup",
        "How late a thread is on its CPU again after sleeping until an absolute time, as cyclictest measures it.",
        "latency",
        "nanoseconds",
        [
            PinnedCpu,
            new("intervalNs", "1000000", "time from one wake-up to the next"),
            new("priority", "80", "SCHED_FIFO priority, 1 to 99, or 0 for the ordinary class"),
            new("lockMemory", "yes", "yes keeps touched memory resident (mlockall), no leaves it"),
            new("dmaLatency", "0", "0 holds /dev/cpu_dma_latency at 0, which forbids idle states; leave does not"),
        ],
        NoMachine,
        (parameters, _) => new TimerWakeupWorkload(System, parameters));

    private static WorkloadInfo CpuNoise => Make(
        "cpu.noise",
        "Time a CPU is taken from a thread that never sleeps: nanoseconds lost in each second; the samples are the lengths of the gaps.",
        "latency",
        "nanoseconds",
        [
            PinnedCpu,
            new("thresholdNs", "5000", "two readings of the clock further apart than this are a gap"),
            new("priority", "0", "SCHED_FIFO priority, 1 to 99, or 0 for the ordinary class"),
        ],
        NoMachine,
        (parameters, _) => new CpuNoiseWorkload(System, parameters));

    private static WorkloadInfo ClockRead => Make(
        "clock.read",
        "What one reading of the clock costs, from two readings back to back.",
        "latency",
        "nanoseconds",
        [
            PinnedCpu,
            new("source", ClockReadWorkload.Current, "the clock source the kernel must use, or \"current\": whichever it uses"),
        ],
        NoMachine,
        (parameters, _) => new ClockReadWorkload(System, parameters));
}
