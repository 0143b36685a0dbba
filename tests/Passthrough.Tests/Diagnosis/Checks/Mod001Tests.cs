using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Modules;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Mod001Tests
{
    private static readonly Mod001VfioStack _check = new();

    private static PciDevice Waiting => Models.Device("0000:01:00.0") with { Driver = Models.Absent<string>(), DriverOverride = Models.Known("vfio-pci") };

    [Fact]
    public void Loaded_built_in_and_loadable_are_all_healthy()
    {
        Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Modules(["vfio_pci"], null, null)).Verdict);
        Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Modules([], ["vfio_pci"], [])).Verdict);
        Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Modules([], [], ["vfio_pci"])).Verdict);
    }

    [Fact]
    public void Nowhere_fails() => Assert.Equal(Verdict.Fail, _check.Single(Models.Blank.Modules(["ext4"], ["loop"], ["e1000"])).Verdict);

    [Fact]
    public void A_list_of_loaded_modules_alone_does_not_tell() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Modules(["ext4"], null, null)).Verdict);

    [Fact]
    public void A_device_on_a_vfio_driver_of_another_name_is_proof() => Assert.Equal(Verdict.Pass,
        _check.Single(Models.Blank.Devices(Models.Device("0000:01:00.0") with { Driver = Models.Known("mlx5_vfio_pci") })).Verdict);

    [Fact]
    public void A_candidate_that_waits_is_a_failure_or_where_the_module_can_be_loaded_a_warning()
    {
        Assert.Equal(Verdict.Fail, _check.Single(Models.Blank.Devices(Waiting).Modules(["ext4"], null, null), Waiting).Verdict);
        Assert.Equal(Verdict.Warn, _check.Single(Models.Blank.Devices(Waiting).Modules(["ext4"], [], ["vfio_pci"]), Waiting).Verdict);
        Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Devices(Waiting).Modules([], [], ["vfio_pci"])).Verdict);
        Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Devices(Waiting).Modules(["vfio_pci"], [], []), Waiting).Verdict);
    }

    [Fact]
    public void A_driver_that_was_not_read_is_not_a_missing_one() => Assert.Equal(Verdict.Unknown, _check.Single(
        Models.Blank.Modules(["ext4"], null, null), Waiting with { Driver = Models.None<string>() }).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
