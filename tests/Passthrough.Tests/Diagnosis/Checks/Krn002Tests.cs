using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.KernelBuild;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Krn002Tests
{
    private static readonly Krn002IommuDriver _check = new();

    [Fact]
    public void A_registered_unit_passes_without_any_configuration() =>
        Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Units(PlatformModels.Ivhd())).Verdict);

    [Theory]
    [InlineData("DMAR", "INTEL_IOMMU=y", Verdict.Pass)]
    [InlineData("DMAR", "AMD_IOMMU=y", Verdict.Fail)]
    [InlineData("IVRS", "AMD_IOMMU=y", Verdict.Pass)]
    [InlineData("IVRS", "INTEL_IOMMU=y", Verdict.Fail)]
    [InlineData("VIOT", "VIRTIO_IOMMU=m", Verdict.Pass)]
    public void The_table_decides_which_driver_is_meant_even_against_the_cpu(string table, string config, Verdict expected) =>
        Assert.Equal(expected, _check.Single(Models.Blank.Tables("FACP", table).Config(config).Cpu("AuthenticAMD", "svm")).Verdict);

    [Fact]
    public void Without_a_table_the_cpu_decides() =>
        Assert.Equal(Verdict.Fail, _check.Single(Models.Blank.Config("INTEL_IOMMU=y").Cpu("AuthenticAMD")).Verdict);

    [Fact]
    public void Arm_needs_either_smmu_driver() =>
        Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Config("ARM_SMMU_V3=y").Cpu("ARM")).Verdict);

    [Fact]
    public void Neither_table_nor_cpu_is_unknown_while_the_kernel_has_some_driver() =>
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Config("INTEL_IOMMU=y")).Verdict);

    [Fact]
    public void A_kernel_without_any_driver_fails_on_every_machine() =>
        Assert.Equal(Verdict.Fail, _check.Single(Models.Blank.Config("VFIO=y")).Verdict);

    [Fact]
    public void No_configuration_is_unknown()
    {
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Tables("FACP", "DMAR")).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
    }
}
