using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Xunit;

namespace Passthrough.Tests.Bench.Native;

public sealed class PunctualThreadTests
{
    private const string LatencyFile = "/dev/cpu_dma_latency";

    [Fact]
    public void Memory_idle_states_and_class_are_set_in_this_order_and_the_process_gets_its_own_back()
    {
        using var kernel = new FakeSystemCalls { OnOpen = path => path == LatencyFile ? 0 : -Errno.ENOENT };

        using (PunctualThread thread = PunctualThread.Make(kernel, 80, lockMemory: true, forbidIdleStates: true))
        {
            Assert.True(thread.HoldsLatency);
            // MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT; SCHED_FIFO | SCHED_RESET_ON_FORK.
            Assert.Equal(["mlockall 7", "open " + LatencyFile, "sched_setscheduler 0x40000001 80"], kernel.Calls);
        }

        Assert.Equal(["close " + LatencyFile, "munlockall"], kernel.Calls[3..]);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void What_is_not_asked_for_is_not_touched()
    {
        using var kernel = new FakeSystemCalls();
        PunctualThread.Make(kernel, 0, lockMemory: false, forbidIdleStates: false).Dispose();

        Assert.Empty(kernel.Calls);
    }

    [Fact]
    public void A_kernel_without_the_latency_file_is_told_and_no_error()
    {
        using var kernel = new FakeSystemCalls();
        using PunctualThread thread = PunctualThread.Make(kernel, 0, lockMemory: false, forbidIdleStates: true);

        Assert.False(thread.HoldsLatency);
    }

    [Theory]
    [InlineData("schedule", Errno.EPERM, "set priority=0")]
    [InlineData("schedule", Errno.EINVAL, "an argument is not valid")]
    [InlineData("lock", Errno.ENOMEM, "set lockMemory=no")]
    [InlineData("lock", Errno.EPERM, "CAP_IPC_LOCK")]
    [InlineData("open", Errno.EACCES, "set dmaLatency=leave")]
    [InlineData("open", Errno.EMFILE, "too many open files")]
    public void A_refusal_is_a_sentence_and_leaves_nothing_behind(string step, int errno, string words)
    {
        using var kernel = new FakeSystemCalls
        {
            ScheduleResult = step == "schedule" ? -errno : 0,
            LockResult = step == "lock" ? -errno : 0,
            OnOpen = _ => step == "open" ? -errno : 0,
        };

        var thrown = Assert.Throws<BenchException>(() => PunctualThread.Make(kernel, 80, lockMemory: true, forbidIdleStates: true));

        Assert.Contains(words, thrown.Message, StringComparison.Ordinal);
        Assert.Contains(Errno.Name(errno), thrown.Message, StringComparison.Ordinal);
        Assert.Equal(errno, thrown.ErrorNumber);
        Assert.DoesNotContain('\n', thrown.Message);
        Assert.Equal(0, kernel.OpenDescriptors);
        Assert.Equal(step != "lock", kernel.Calls.Contains("munlockall"));
    }

    [Fact]
    public void A_real_sleep_ends_at_its_time_on_the_clock_that_is_measured_with()
    {
        long nextNs = Clock.NowNs + 3_000_000;

        Assert.Equal(0, LinuxSystemCalls.Instance.SleepUntil(nextNs));
        Assert.True(Clock.NowNs >= nextNs);
        // A time that has passed is no sleep at all.
        Assert.Equal(0, LinuxSystemCalls.Instance.SleepUntil(1));
    }

    [Fact]
    public void Real_calls_with_senseless_arguments_give_the_kernels_error()
    {
        Assert.Equal(-Errno.EINVAL, LinuxSystemCalls.Instance.LockMemory(0));
        Assert.Equal(-Errno.EINVAL, LinuxSystemCalls.Instance.Schedule(TimerFlags.SchedulerFifo, 100));
        Assert.Equal(-Errno.EINVAL, LinuxSystemCalls.Instance.SleepUntil(-1));
    }
}
