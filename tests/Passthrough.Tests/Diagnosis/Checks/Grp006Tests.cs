using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Grp006Tests
{
    private static readonly Grp006Siblings _check = new();
    private static readonly PciDevice _mine = DeviceCase.Device("0000:01:00.0", "vfio-pci", group: "1");

    [Theory]
    [InlineData("0000:01:00.1", "snd_hda_intel", "1", Verdict.Warn)]
    [InlineData("0000:01:00.1", "vfio-pci", "1", Verdict.Note)]
    [InlineData("0000:01:00.1", null, "1", Verdict.Note)]
    [InlineData("0000:01:00.1", "snd_hda_intel", "2", Verdict.Pass)]
    [InlineData("0000:02:00.0", "nvme", "1", Verdict.Pass)]
    public void Only_functions_of_the_same_device_in_the_same_group_must_go_along(string other, string? driver, string group, Verdict expected) =>
        Assert.Equal(expected, DeviceCase.One(_check, Models.Blank.With(_mine, DeviceCase.Device(other, driver, 0x040300, group)), "0000:01:00.0").Verdict);

    [Fact]
    public void A_missing_acs_is_said_only_when_it_was_read()
    {
        PciDevice sibling = DeviceCase.Device("0000:01:00.1", "vfio-pci", group: "1");
        Assert.DoesNotContain("ACS", DeviceCase.One(_check, Models.Blank.With(_mine, sibling), "0000:01:00.0").Message, StringComparison.Ordinal);
        PciDevice read = _mine with { Capabilities = new PciCapabilities { Known = true, Acs = false } };
        Assert.Contains("no ACS capability", DeviceCase.One(_check, Models.Blank.With(read, sibling), "0000:01:00.0").Message, StringComparison.Ordinal);
    }
}
