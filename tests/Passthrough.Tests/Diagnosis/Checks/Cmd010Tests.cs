using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.CommandLine;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Cmd010Tests
{
    private static readonly Cmd010VfioIds _check = new();

    internal static PciDevice Gpu(string? driver) => Models.Device("0000:01:00.0") with
    {
        VendorId = Models.Known((ushort)0x10de),
        DeviceId = Models.Known((ushort)0x1b80),
        ClassCode = Models.Known(0x030000u),
        Driver = driver is null ? Models.Absent<string>() : Models.Known(driver),
    };

    [Theory]
    [InlineData("vfio-pci.ids=10de:1b80", "vfio-pci", Verdict.Pass)]
    [InlineData("vfio_pci.ids=10de:1b80", "vfio-pci", Verdict.Pass)]
    [InlineData("vfio-pci.ids=10de:1b80", "nouveau", Verdict.Warn)]
    [InlineData("vfio-pci.ids=10de:1b80", null, Verdict.Note)]
    [InlineData("vfio-pci.ids=10de:ffff", "nouveau", Verdict.Note)]
    [InlineData("vfio-pci.ids=10de:1b80,GPU", "vfio-pci", Verdict.Warn)]
    [InlineData("vfio-pci.ids=", "vfio-pci", Verdict.Warn)]
    [InlineData("quiet", "nouveau", Verdict.NotApplicable)]
    public void The_ids_are_held_against_the_live_drivers(string token, string? driver, Verdict expected) =>
        Assert.Equal(expected, _check.Single(Models.Blank.Devices(Gpu(driver)).CommandLine(token)).Verdict);

    [Fact]
    public void An_unseen_driver_is_unknown() => Assert.Equal(Verdict.Unknown,
        _check.Single(Models.Blank.Devices(Gpu("x") with { Driver = Models.None<string>() }).CommandLine("vfio-pci.ids=10de:1b80")).Verdict);

    [Fact]
    public void Unlisted_functions_are_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.CommandLine("vfio-pci.ids=10de:1b80")).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
