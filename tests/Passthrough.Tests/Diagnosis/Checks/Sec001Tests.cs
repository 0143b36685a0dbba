using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Sec001Tests
{
    private const string Type1 = "vfio_iommu_type1/allow_unsafe_interrupts";
    private const string Iommufd = "iommufd/allow_unsafe_interrupts";
    private static readonly Sec001UnsafeInterrupts _check = new();

    [Theory]
    [InlineData("N", null, Verdict.Pass)]
    [InlineData("Y", null, Verdict.Warn)]
    [InlineData("N", "Y", Verdict.Warn)]
    [InlineData(null, "N", Verdict.Pass)]
    [InlineData(null, null, Verdict.NotApplicable)]
    public void Either_switch_counts(string? type1, string? iommufd, Verdict expected) =>
        Assert.Equal(expected, DeviceCase.One(_check, Models.Blank.WithCommandLine("quiet").WithParameter(Type1, type1).WithParameter(Iommufd, iommufd)).Verdict);

    [Fact]
    public void A_hidden_command_line_may_switch_it_on() => Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, Models.Blank.WithParameter(Type1, "N").WithParameter(Iommufd, null)).Verdict);

    [Fact]
    public void The_effect_depends_on_remapping()
    {
        HostModel on = Models.Blank.WithCommandLine("quiet").WithParameter(Type1, "Y").WithParameter(Iommufd, null);
        Assert.Contains("it has no effect", DeviceCase.One(_check, on.WithInterrupts(DeviceCase.Line("1", "IR-IO-APIC 1-edge", "i8042"))).Message, StringComparison.Ordinal);
        Assert.Contains("so a guest with a device can inject", DeviceCase.One(_check, on.WithInterrupts(DeviceCase.Line("1", "IO-APIC 1-edge", "i8042"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vfio_iommu_type1.allow_unsafe_interrupts=1", Verdict.Warn)]
    [InlineData("vfio-iommu-type1.allow_unsafe_interrupts", Verdict.Warn)]
    [InlineData("vfio_iommu_type1.allow_unsafe_interrupts=0", Verdict.NotApplicable)]
    public void A_staged_switch_warns_before_the_module_is_loaded(string line, Verdict expected) => Assert.Equal(expected,
        DeviceCase.One(_check, Models.Blank.WithCommandLine("quiet").WithParameter(Type1, null).WithParameter(Iommufd, null).WithCommandLine(line)).Verdict);

    [Theory]
    [InlineData("options vfio_iommu_type1 allow_unsafe_interrupts=1", Verdict.Warn)]
    [InlineData("options vfio-iommu-type1 allow_unsafe_interrupts=Y", Verdict.Warn)]
    [InlineData("#options vfio_iommu_type1 allow_unsafe_interrupts=1", Verdict.NotApplicable)]
    [InlineData("options vfio_iommu_type1 allow_unsafe_interrupts=0", Verdict.NotApplicable)]
    public void Modprobe_lines_are_read(string line, Verdict expected) => Assert.Equal(expected,
        DeviceCase.One(_check, Models.Blank.WithCommandLine("quiet").WithParameter(Type1, null).WithParameter(Iommufd, null).WithModprobe(line)).Verdict);
}
