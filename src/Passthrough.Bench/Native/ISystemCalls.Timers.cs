namespace Passthrough.Bench.Native;

/// <content>Calls of a thread that must wake up on time.</content>
internal partial interface ISystemCalls
{
    /// <summary>sched_setscheduler(2) of the calling thread.</summary>
    int Schedule(int policy, int priority);

    /// <summary>mlockall(2) of this process.</summary>
    int LockMemory(int flags);

    /// <summary>munlockall(2) of this process.</summary>
    int UnlockMemory();

    /// <summary>clock_nanosleep(2) on CLOCK_MONOTONIC until an absolute time: 0, or -errno.</summary>
    int SleepUntil(long monotonicNs);
}
