using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Modules;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Mod005Tests
{
    private static readonly Mod005ModulesLoad _check = new();

    [Theory]
    [InlineData("vfio-pci", Verdict.Pass)]
    [InlineData("vfio_pci", Verdict.Pass)]
    [InlineData("vfio_iommu_typo", Verdict.Warn)]
    [InlineData("vfio_virqfd", Verdict.Pass)]
    [InlineData("# vfio_iommu_typo", Verdict.Pass)]
    [InlineData("lp", Verdict.Pass)]
    public void Names_of_vfio_must_exist(string line, Verdict expected) =>
        Assert.Equal(expected, _check.Single(Models.Blank.Modules([], [], ["vfio_pci"]).With("/etc/modules", line)).Verdict);

    [Fact]
    public void Unseen_module_lists_are_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.With("/etc/modules", "vfio_pci")).Verdict);

    [Fact]
    public void An_unread_list_is_unknown() => Assert.Equal(Verdict.Unknown,
        _check.Single(Models.Blank.Modules([], [], ["vfio_pci"]).With("/etc/modules", "vfio_pci").Unread("/etc/modules-load.d")).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
