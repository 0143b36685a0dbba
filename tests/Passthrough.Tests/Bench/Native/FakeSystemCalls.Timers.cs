namespace Passthrough.Tests.Bench.Native;

/// <content>Calls of a thread that must wake up on time.</content>
internal sealed partial class FakeSystemCalls
{
    /// <summary>Answer to sched_setscheduler.</summary>
    public int ScheduleResult { get; set; }

    /// <summary>Answer to mlockall.</summary>
    public int LockResult { get; set; }

    /// <summary>Answer to clock_nanosleep, given the time to wake at; default sleeps for real.</summary>
    public Func<long, int> OnSleepUntil { get; set; } = Passthrough.Bench.Native.LinuxSystemCalls.Instance.SleepUntil;

    public int Schedule(int policy, int priority)
    {
        Calls.Add($"sched_setscheduler 0x{policy:x} {priority}");
        return ScheduleResult;
    }

    public int LockMemory(int flags)
    {
        Calls.Add($"mlockall {flags}");
        return LockResult;
    }

    public int UnlockMemory()
    {
        Calls.Add("munlockall");
        return 0;
    }

    public int SleepUntil(long monotonicNs) => OnSleepUntil(monotonicNs);
}
