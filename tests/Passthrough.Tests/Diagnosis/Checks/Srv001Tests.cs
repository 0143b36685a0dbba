using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Srv001Tests
{
    private static readonly Srv001Capability _check = new();

    [Theory]
    [InlineData(true, 63L, Verdict.Pass)]
    [InlineData(null, 63L, Verdict.Pass)]
    [InlineData(true, 0L, Verdict.Warn)]
    [InlineData(true, null, Verdict.Warn)]
    [InlineData(false, null, Verdict.NotApplicable)]
    [InlineData(null, null, Verdict.Unknown)]
    public void The_capability_is_compared_with_the_file(bool? capability, long? total, Verdict expected) =>
        Assert.Equal(expected, DeviceCase.One(_check, Models.Blank.With(Of(capability, total)), "0000:01:00.0").Verdict);

    [Fact]
    public void Sixty_four_bytes_are_unknown_also_without_a_candidate()
    {
        PciDevice cut = Of(null, null) with { Config = Models.Known(new PciConfigSpace(new byte[64])) };
        Finding finding = DeviceCase.One(_check, Models.Blank.With(cut), "0000:01:00.0");
        Assert.Equal(Verdict.Unknown, finding.Verdict);
        Assert.Contains("64 bytes read", finding.Message, StringComparison.Ordinal);
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, Models.Blank.With(cut)).Verdict);
    }

    [Fact]
    public void A_kernel_without_the_option_is_named()
    {
        HostModel model = Models.Blank.With(Of(true, null)).WithConfig("PCI");
        Assert.EndsWith("the kernel is built without CONFIG_PCI_IOV.", DeviceCase.One(_check, model).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_virtual_function_is_not_asked_for_sriov()
    {
        PciDevice vf = Of(null, null) with { Sriov = new PciSriov(Models.Absent<long>(), Models.Absent<long>(), Models.Absent<bool>(), DeviceCase.Address("0000:01:00.1"), []) };
        Assert.Equal(Verdict.NotApplicable, DeviceCase.One(_check, Models.Blank.With(vf), "0000:01:00.0").Verdict);
    }

    private static PciDevice Of(bool? capability, long? total) => DeviceCase.Device("0000:01:00.0", "vfio-pci", 0x020000) with
    {
        Capabilities = new PciCapabilities { Known = capability is not null, Sriov = capability },
        Sriov = new PciSriov(total is { } number ? Models.Known(number) : Models.Absent<long>(), Models.Absent<long>(), Models.Absent<bool>(), null, []),
    };
}
