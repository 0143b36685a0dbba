namespace Passthrough.Bench.Native;

/// <summary>Numbers of the calls that a punctual thread makes. Sources: include/uapi/linux/{sched,time}.h, include/uapi/asm-generic/mman.h.</summary>
internal static class TimerFlags
{
    /// <summary>CLOCK_MONOTONIC.</summary>
    public const int ClockMonotonic = 1;

    /// <summary>TIMER_ABSTIME.</summary>
    public const int AbsoluteTime = 1;

    /// <summary>SCHED_FIFO.</summary>
    public const int SchedulerFifo = 1;

    /// <summary>SCHED_RESET_ON_FORK: threads that the thread starts do not inherit its class.</summary>
    public const int ResetOnFork = 0x40000000;

    /// <summary>MCL_CURRENT.</summary>
    public const int LockCurrent = 1;

    /// <summary>MCL_FUTURE.</summary>
    public const int LockFuture = 2;

    /// <summary>MCL_ONFAULT (Linux 4.4).</summary>
    public const int LockOnFault = 4;
}
