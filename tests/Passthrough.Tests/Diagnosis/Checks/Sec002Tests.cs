using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Sec002Tests
{
    private const string Parameter = "vfio/enable_unsafe_noiommu_mode";
    private static readonly Sec002NoIommuMode _check = new();
    private static readonly HostModel _clean = Nodes(Models.Blank.WithParameter(Parameter, "N").WithGroups(Models.Group("1", "0000:01:00.0")).WithLog().WithCommandLine("quiet"));

    [Fact]
    public void Off_with_real_groups_passes() => Assert.Equal(Verdict.Pass, DeviceCase.One(_check, _clean).Verdict);

    [Fact]
    public void A_kernel_without_the_mode_passes() => Assert.Equal(Verdict.Pass, DeviceCase.One(_check, _clean.WithParameter(Parameter, null)).Verdict);

    [Fact]
    public void Each_sign_alone_fails()
    {
        Assert.Equal(Verdict.Fail, DeviceCase.One(_check, _clean.WithParameter(Parameter, "Y")).Verdict);
        Assert.Equal(Verdict.Fail, DeviceCase.One(_check, _clean.WithGroups(DeviceCase.NoIommu("0", "0000:01:00.0"))).Verdict);
        Assert.Equal(Verdict.Fail, DeviceCase.One(_check, _clean with { Vfio = _clean.Vfio with { Nodes = Models.Known<IReadOnlyList<string>>(["noiommu-0", "vfio"]) } }).Verdict);
        Assert.Equal(Verdict.Fail, DeviceCase.One(_check, _clean.WithLog(DeviceCase.Event(LogEventKind.NoIommuTaint, "adding kernel taint for vfio-noiommu group"))).Verdict);
    }

    [Fact]
    public void A_user_taint_alone_is_no_sign() =>
        Assert.Equal(Verdict.Pass, DeviceCase.One(_check, _clean with { Kernel = _clean.Kernel with { Tainted = Models.Known(64L) } }).Verdict);

    [Fact]
    public void A_staged_switch_warns() =>
        Assert.Equal(Verdict.Warn, DeviceCase.One(_check, _clean.WithParameter(Parameter, null).WithModprobe("options vfio enable_unsafe_noiommu_mode=1")).Verdict);

    [Fact]
    public void What_could_hide_a_sign_makes_it_unknown()
    {
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, _clean with { Log = Models.Blank.Log }).Verdict);
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, _clean with { Vfio = Models.Blank.Vfio }).Verdict);
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, _clean with { Kernel = _clean.Kernel with { CommandLine = Models.Blank.Kernel.CommandLine } }).Verdict);
    }

    [Fact]
    public void A_clear_taint_stands_for_the_log() =>
        Assert.Equal(Verdict.Pass, DeviceCase.One(_check, _clean with { Log = Models.Blank.Log, Kernel = _clean.Kernel with { Tainted = Models.Known(0L) } }).Verdict);

    [Fact]
    public void A_parameter_that_was_not_read_is_unknown() =>
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, Models.Blank.WithGroups(Models.Group("1", "0000:01:00.0"))).Verdict);

    private static HostModel Nodes(HostModel model) => model with { Vfio = model.Vfio with { Nodes = Models.Known<IReadOnlyList<string>>(["vfio"]) } };
}
