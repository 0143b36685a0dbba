using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Usage;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Lim001Tests
{
    private static readonly Lim001LockedMemory _check = new();

    [Theory]
    [InlineData(long.MaxValue, 0UL, true, Verdict.Pass)]
    [InlineData(8L << 20, 1UL << 14, true, Verdict.Note)]
    [InlineData(8L << 20, 0UL, false, Verdict.Note)]
    [InlineData(8L << 20, 0UL, true, Verdict.Warn)]
    public void The_limit_is_judged_by_whom_it_binds(long soft, ulong capabilities, bool candidate, Verdict expected) =>
        Assert.Equal(expected, DeviceCase.One(_check, Host(soft, capabilities), candidate ? ["0000:01:00.0"] : []).Verdict);

    [Fact]
    public void The_arithmetic_is_shown() => Assert.Contains("limited to 8 MiB. A guest of 4 GiB pins 4 GiB and a little more, so started by hand from here it lacks 4088 MiB",
        DeviceCase.One(_check, Host(8L << 20, 0), "0000:01:00.0").Message, StringComparison.Ordinal);

    [Fact]
    public void A_refusal_in_the_log_fails_whatever_the_limit_is_now()
    {
        HostModel model = Host(long.MaxValue, 0).WithLog(false, false, DeviceCase.Event(LogEventKind.MemoryLockExceeded, "vfio_pin_pages_remote: RLIMIT_MEMLOCK (65536) exceeded"));
        Assert.Equal(Verdict.Fail, DeviceCase.One(_check, model, "0000:01:00.0").Verdict);
    }

    [Fact]
    public void Without_the_log_a_refusal_may_be_hidden() =>
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, Host(long.MaxValue, 0) with { Log = Models.Blank.Log }, "0000:01:00.0").Verdict);

    [Fact]
    public void Whether_the_limit_binds_is_unknown_without_the_capabilities() => Assert.Equal(Verdict.Unknown, DeviceCase.One(_check,
        Host(8L << 20, 0) with { Privilege = Models.Blank.Privilege }, "0000:01:00.0").Verdict);

    [Fact]
    public void Running_guests_are_listed_with_their_limits()
    {
        HostModel model = Host(long.MaxValue, 0);
        model = model with
        {
            Limits = model.Limits with { QemuProcesses = Models.Known<IReadOnlyList<(int, long)>>([(41, 5L << 30), (42, long.MaxValue)]) },
            Usage = model.Usage with { Holders = Models.Known<IReadOnlyList<VfioHolder>>([new VfioHolder("/dev/vfio/1", 41, "guest")]) },
        };
        Assert.Contains("41 5 GiB, holds a VFIO device, 42 unlimited", DeviceCase.One(_check, model).Message, StringComparison.Ordinal);
    }

    private static HostModel Host(long soft, ulong capabilities)
    {
        HostModel model = Models.Blank.WithLog().With(DeviceCase.Device("0000:01:00.0", "vfio-pci"));
        return model with
        {
            Limits = model.Limits with { SoftBytes = Models.Known(soft, "/proc/self/limits") },
            Privilege = model.Privilege with { EffectiveCapabilities = Models.Known(capabilities) },
        };
    }
}
