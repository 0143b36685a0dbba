using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Rst001Tests
{
    private static readonly Rst001FunctionReset _check = new();
    private static readonly PciDevice _port = DeviceCase.Device("0000:00:1c.0", "pcieport", 0x060400) with { ResetMethods = Models.Known<IReadOnlyList<string>>(["pm"]) };

    [Theory]
    [InlineData("flr bus", Verdict.Pass)]
    [InlineData("af_flr", Verdict.Pass)]
    [InlineData("device_specific bus", Verdict.Pass)]
    [InlineData("pm", Verdict.Pass)]
    [InlineData("acpi", Verdict.Pass)]
    [InlineData("bus", Verdict.Note)]
    [InlineData("cxl_bus", Verdict.Note)]
    [InlineData("", Verdict.Warn)]
    public void A_method_of_its_own_passes_and_a_bus_reset_does_not(string methods, Verdict expected) =>
        Assert.Equal(expected, DeviceCase.One(_check, Models.Blank.With(_port, Of(methods)), "0000:01:00.0").Verdict);

    [Fact]
    public void A_bus_reset_that_would_take_a_host_device_along_fails()
    {
        PciDevice neighbour = DeviceCase.Device("0000:01:01.0", "ahci") with { Parent = _port.Address };
        Finding finding = DeviceCase.One(_check, Models.Blank.With(_port, Of("bus"), neighbour), "0000:01:00.0");
        Assert.Equal(Verdict.Fail, finding.Verdict);
        Assert.Contains("0000:01:01.0 (ahci)", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_bridge_above_nothing_is_left() =>
        Assert.Equal(Verdict.Fail, DeviceCase.One(_check, Models.Blank.With(Of("bus") with { Parent = null }), "0000:01:00.0").Verdict);

    [Fact]
    public void A_missing_file_is_no_method_when_the_kernel_shows_it_for_others()
    {
        PciDevice without = Of(null) with { HasReset = Models.Absent<bool>() };
        Assert.Equal(Verdict.Warn, DeviceCase.One(_check, Models.Blank.With(_port, without), "0000:01:00.0").Verdict);
    }

    [Fact]
    public void On_an_old_kernel_the_flr_capability_decides_and_the_reset_file_does_not()
    {
        PciDevice old = Of(null) with { HasReset = Models.Known(true) };
        Assert.Equal(Verdict.Pass, One(old with { Capabilities = new PciCapabilities { Known = true, Flr = true } }));
        Assert.Equal(Verdict.Unknown, One(old with { Capabilities = new PciCapabilities { Known = true, Flr = false } }));
        Assert.Equal(Verdict.Unknown, One(old));
    }

    [Fact]
    public void In_a_captured_tree_a_missing_reset_file_proves_nothing()
    {
        HostModel model = Models.Blank.With(Of(null) with { HasReset = Models.Absent<bool>() });
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, model with { Source = SourceKind.Directory }, "0000:01:00.0").Verdict);
    }

    private static Verdict One(PciDevice device) => DeviceCase.One(_check, Models.Blank.With(device), "0000:01:00.0").Verdict;

    private static PciDevice Of(string? methods) => DeviceCase.Device("0000:01:00.0", "vfio-pci") with
    {
        Parent = _port.Address,
        ResetMethods = methods is null ? Models.Absent<IReadOnlyList<string>>("/sys/bus/pci/devices/0000:01:00.0/reset_method")
            : Models.Known<IReadOnlyList<string>>(methods.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
    };
}
