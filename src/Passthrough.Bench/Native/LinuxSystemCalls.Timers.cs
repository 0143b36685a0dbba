using Tmds.Linux;

namespace Passthrough.Bench.Native;

/// <content>Calls of a thread that must wake up on time.</content>
internal sealed unsafe partial class LinuxSystemCalls
{
    private const int NanosecondsPerSecond = 1_000_000_000;

    /// <summary>The numbers of these calls: x86-64's own table, and the generic one of arm64.</summary>
    internal static (int Schedule, int LockMemory, int UnlockMemory, int SleepUntil) TimerNumbers { get; } =
        IsX64 ? (144, 151, 152, 230) : (119, 230, 231, 115);

    /// <inheritdoc />
    public int Schedule(int policy, int priority)
    {
        // Safe: struct sched_param is one int, and it lives on this frame; thread 0 is the calling one.
        return Result((long)LibC.syscall(TimerNumbers.Schedule, 0, policy, (void*)&priority));
    }

    /// <inheritdoc />
    public int LockMemory(int flags) => Result((long)LibC.syscall(TimerNumbers.LockMemory, flags));

    /// <inheritdoc />
    public int UnlockMemory() => Result((long)LibC.syscall(TimerNumbers.UnlockMemory));

    /// <inheritdoc />
    public int SleepUntil(long monotonicNs)
    {
        // struct timespec is two 64-bit words on 64-bit architectures.
        long* time = stackalloc long[2];
        (time[0], time[1]) = Math.DivRem(monotonicNs, NanosecondsPerSecond);
        // Safe: the kernel reads the two words from this frame; of an absolute sleep no rest is written.
        return Result((long)LibC.syscall(TimerNumbers.SleepUntil, TimerFlags.ClockMonotonic, TimerFlags.AbsoluteTime, (void*)time, (void*)null));
    }
}
