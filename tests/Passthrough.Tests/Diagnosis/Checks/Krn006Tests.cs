using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.KernelBuild;
using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Krn006Tests
{
    private static readonly Krn006VfioUsable _check = new();

    [Theory]
    [InlineData("VFIO=m VFIO_PCI=m VFIO_IOMMU_TYPE1=m", Verdict.Pass)]
    [InlineData("VFIO=m VFIO_PCI=m VFIO_IOMMU_TYPE1=m VFIO_GROUP=y VFIO_CONTAINER=y", Verdict.Pass)]
    [InlineData("VFIO=y VFIO_PCI=m VFIO_GROUP=n VFIO_DEVICE_CDEV=y IOMMUFD=y", Verdict.Pass)]
    [InlineData("VFIO=y VFIO_PCI=m VFIO_GROUP=y VFIO_CONTAINER=n IOMMUFD=m", Verdict.Pass)]
    [InlineData("VFIO=y VFIO_PCI=m VFIO_GROUP=n IOMMUFD=y", Verdict.Fail)]
    [InlineData("VFIO=y VFIO_PCI=m VFIO_GROUP=y VFIO_CONTAINER=n", Verdict.Fail)]
    [InlineData("VFIO=y VFIO_IOMMU_TYPE1=y VFIO_PCI=n", Verdict.Fail)]
    [InlineData("VFIO=n", Verdict.Fail)]
    [InlineData("EXT4_FS=y", Verdict.Fail)]
    public void One_complete_way_is_enough(string config, Verdict expected) =>
        Assert.Equal(expected, _check.Single(Models.Blank.Config(config.Split(' '))).Verdict);

    [Fact]
    public void The_missing_part_is_named() =>
        Assert.Contains("without VFIO_PCI", _check.Single(Models.Blank.Config("VFIO=y", "VFIO_IOMMU_TYPE1=y")).Message, StringComparison.Ordinal);

    [Fact]
    public void Modules_tell_where_there_is_no_configuration()
    {
        Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Modules([], ["vfio_iommu_type1"], ["vfio_pci"])).Verdict);
        Assert.Equal(Verdict.Fail, _check.Single(WithoutConfig(Models.Blank.Modules([], ["vfio_iommu_type1"], ["e1000"]))).Verdict);
        Assert.Equal(Verdict.Fail, _check.Single(WithoutConfig(Models.Blank.Modules([], [], ["vfio_pci"]))).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Modules([], null, null)).Verdict);
    }

    [Fact]
    public void Missing_modules_may_be_built_and_not_installed_where_the_configuration_was_not_read() =>
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Modules([], ["vfio_iommu_type1"], ["e1000"])).Verdict);

    [Fact]
    public void A_container_that_answers_is_proof() => Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Modules(["vfio_pci"], null, null) with
    {
        Vfio = Models.Blank.Vfio with { ContainerType1 = Models.Known(true, "vfio-container") },
    }).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);

    private static HostModel WithoutConfig(HostModel model) => model with
    {
        Kernel = model.Kernel with
        {
            Config = new KernelConfig(Reading.Missing<IReadOnlyDictionary<string, string>>(Outcome.Absent, "/proc/config.gz")),
        },
    };
}
