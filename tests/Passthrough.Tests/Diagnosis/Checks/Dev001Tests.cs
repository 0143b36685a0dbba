using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Dev001Tests
{
    private static readonly Dev001DriverState _check = new();

    [Theory]
    [InlineData("vfio-pci", null, Verdict.Pass)]
    [InlineData("vfio-pci", "vfio-pci", Verdict.Pass)]
    [InlineData("mlx5_vfio_pci", "mlx5_vfio_pci", Verdict.Pass)]
    [InlineData("vfio-pci", "nvme", Verdict.Warn)]
    [InlineData("nvme", "vfio-pci", Verdict.Fail)]
    [InlineData(null, "vfio-pci", Verdict.Fail)]
    [InlineData("nvme", null, Verdict.Note)]
    [InlineData(null, null, Verdict.Note)]
    [InlineData("pci-stub", null, Verdict.Note)]
    public void The_bound_driver_is_compared_with_the_wanted_one(string? driver, string? wanted, Verdict expected) =>
        Assert.Equal(expected, DeviceCase.One(_check, Models.Blank.With(Of(driver, wanted)), "0000:01:00.0").Verdict);

    [Fact]
    public void A_missing_module_is_the_reason_that_is_given()
    {
        HostModel model = Models.Blank.With(Of(null, "vfio-pci"));
        Assert.Contains("whether the vfio-pci module is loaded is not known", DeviceCase.One(_check, model, "0000:01:00.0").Message, StringComparison.Ordinal);
        Assert.Contains("the vfio-pci module is not loaded", DeviceCase.One(_check, Modules(model, loaded: [], loadable: ["vfio_pci"]), "0000:01:00.0").Message, StringComparison.Ordinal);
        Assert.Contains("neither loaded, built in nor loadable", DeviceCase.One(_check, Modules(model, [], []), "0000:01:00.0").Message, StringComparison.Ordinal);
        Assert.Contains("not probed after the override", DeviceCase.One(_check, Modules(model, ["vfio_pci"], ["vfio_pci"]), "0000:01:00.0").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_listed_id_on_another_driver_warns_and_cites_the_place()
    {
        Finding finding = DeviceCase.One(_check, Models.Blank.With(Of("nvme", null)).WithCommandLine("vfio-pci.ids=1b36:0010"), "0000:01:00.0");
        Assert.Equal(Verdict.Warn, finding.Verdict);
        Assert.Contains(finding.Evidence, citation => citation is { Path: "/proc/cmdline", Excerpt: "1b36:0010" });
    }

    [Fact]
    public void A_bridge_cannot_be_assigned() =>
        Assert.Equal(Verdict.Fail, DeviceCase.One(_check, Models.Blank.With(DeviceCase.Device("0000:00:1c.0", "pcieport", 0x060400)), "0000:00:1c.0").Verdict);

    private static PciDevice Of(string? driver, string? wanted) => DeviceCase.Device("0000:01:00.0", driver) with
    {
        DriverOverride = wanted is null ? Models.Absent<string>() : Models.Known(wanted),
    };

    private static HostModel Modules(HostModel model, string[] loaded, string[] loadable) => model with
    {
        Kernel = model.Kernel with
        {
            Modules = model.Kernel.Modules with
            {
                Loaded = Models.Known<IReadOnlySet<string>>(loaded.ToHashSet()),
                BuiltIn = Models.Known<IReadOnlySet<string>>(new HashSet<string>()),
                Loadable = Models.Known<IReadOnlySet<string>>(loadable.ToHashSet()),
            },
        },
    };
}
