namespace Passthrough.Bench.Native;

/// <summary>Pins the calling thread.</summary>
internal static class ThreadPin
{
    /// <summary>To one CPU, for the rest of the thread's life.</summary>
    public static void To(ISystemCalls system, int cpu)
    {
        int result = cpu is < 0 or >= Host.Cpu.CpuSet.Limit ? -Errno.EINVAL : system.PinThread(cpu);
        if (result < 0)
        {
            throw Failure.Of("sched_setaffinity", $"CPU {cpu}", result,
                result == -Errno.EINVAL ? "the CPU does not exist, is offline or is not allowed to this process (cpuset)" : null);
        }
    }
}
