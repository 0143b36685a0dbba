using CsCheck;
using Passthrough.Host.Evidence;
using Passthrough.Host.Iommu;
using Passthrough.Host.Pci;
using Passthrough.Tests.Pci;
using Xunit;

namespace Passthrough.Tests.Iommu;

public class IommuReaderTests
{
    [Fact]
    public void A_kernel_without_IOMMU_support_has_no_folder()
    {
        IommuState state = Read(new TreeEvidence());
        Assert.True(state.Units.IsAbsent);
        Assert.True(state.GroupFolder.IsAbsent);
        Assert.Empty(state.Groups);
    }

    [Fact]
    public void An_empty_folder_is_known_to_hold_no_unit()
    {
        IommuState state = Read(new TreeEvidence().Folder("/sys/class/iommu").Folder("/sys/kernel/iommu_groups"));
        Assert.True(state.Units.IsKnown);
        Assert.Empty(state.Units.Value!);
        Assert.True(state.GroupFolder.IsKnown);
    }

    [Fact]
    public void Units_are_read_as_their_vendors_show_them()
    {
        var tree = new TreeEvidence()
            .Text("/sys/class/iommu/dmar0/intel-iommu/cap", "d2008c40660462\n")
            .Text("/sys/class/iommu/dmar0/intel-iommu/ecap", "f050da\n")
            .Text("/sys/class/iommu/dmar0/intel-iommu/address", "fed91000\n")
            .Folder("/sys/class/iommu/dmar0/devices/0000:00:02.0")
            .Text("/sys/class/iommu/ivhd0/amd-iommu/features", "0:58f77ef22294ade\n")
            .Folder("/sys/class/iommu/smmu3.0x2b400000")
            .Folder("/sys/class/iommu/apple-dart");
        IReadOnlyList<IommuUnit> units = Read(tree).Units.Value!;
        Assert.Equal([IommuVendor.Unknown, IommuVendor.Intel, IommuVendor.Amd, IommuVendor.Arm], units.Select(unit => unit.Vendor));
        Assert.Equal(0xd2008c40660462ul, units[1].Capability.Value);
        Assert.Equal(0xf050daul, units[1].ExtendedCapability.Value);
        Assert.Equal("fed91000", units[1].Address.Value);
        Assert.Equal(["0000:00:02.0"], units[1].Devices.Value!);
        Assert.True(units[2].Capability.IsAbsent);
        Assert.Equal(0x58f77ef22294adeul, units[2].ExtendedCapability.Value);
    }

    [Theory]
    [InlineData("f77ef22294ada", 0xf77ef22294adaul)]
    [InlineData("1d:246577efa2254afa", 0x246577efa2254afaul)]
    [InlineData("246577efa2254afa:10", 0x246577efa2254afaul)]
    public void AMD_features_are_the_first_register_in_either_order(string text, ulong expected)
    {
        Assert.True(IommuReader.TryParseAmdFeatures(text, out ulong features));
        Assert.Equal(expected, features);
    }

    [Fact]
    public void Groups_are_the_union_of_folders_and_links()
    {
        var tree = new TreeEvidence()
            .Folder("/sys/kernel/iommu_groups/7/devices/0000:01:00.0")
            .Folder("/sys/kernel/iommu_groups/7/devices/arm-smmu-test.1")
            .Text("/sys/kernel/iommu_groups/7/type", "DMA-FQ\n")
            .Text("/sys/kernel/iommu_groups/7/reserved_regions", "0x00000000fee00000 0x00000000feefffff msi\n")
            .Folder("/sys/bus/pci/devices/0000:01:00.1")
            .Link("/sys/bus/pci/devices/0000:01:00.1/iommu_group", "../../../kernel/iommu_groups/7")
            .Folder("/sys/bus/pci/devices/0000:02:00.0")
            .Link("/sys/bus/pci/devices/0000:02:00.0/iommu_group", "../../../../kernel/iommu_groups/12")
            .Folder("/sys/bus/pci/devices/0000:03:00.0/iommu_group");
        IommuState state = Read(tree);
        Assert.Equal(["7", "12"], state.Groups.Select(group => group.Id));
        Assert.Equal(["0000:01:00.0", "0000:01:00.1"], state.Groups[0].Devices.Select(device => device.ToString()));
        Assert.Equal(["arm-smmu-test.1"], state.Groups[0].OtherMembers);
        Assert.Equal("DMA-FQ", state.Groups[0].Type.Value);
        Assert.Equal([new ReservedRegion(0xfee00000, 0xfeefffff, "msi")], state.Groups[0].ReservedRegions.Value!);
        Assert.Equal(Outcome.NotRecorded, state.Groups[1].Type.Outcome);
        Assert.Equal("12", state.GroupOf(new PciAddress(0, 2, 0, 0))!.Id);
        Assert.Null(state.GroupOf(new PciAddress(0, 3, 0, 0)));
    }

    [Fact]
    public void A_group_that_VFIO_made_without_an_IOMMU_is_not_real()
    {
        IommuState state = Read(new TreeEvidence()
            .Folder("/sys/kernel/iommu_groups/0/devices/0000:01:00.0")
            .Text("/sys/kernel/iommu_groups/0/name", "vfio-noiommu\n"));
        Assert.True(Assert.Single(state.Groups).IsNoIommu);
        Assert.Empty(state.RealGroups);
    }

    [Theory]
    [InlineData("", true, 0)]
    [InlineData("0x0 0xfff direct\n0x1000 0x1fff direct-relaxable\n", true, 2)]
    [InlineData("0x0 0xfff\n", false, 0)]
    [InlineData("start end type\n", false, 0)]
    public void Reserved_regions_are_three_words_a_line(string text, bool isParsed, int count)
    {
        Assert.Equal(isParsed, IommuReader.TryParseRegions(text, out IReadOnlyList<ReservedRegion> regions));
        Assert.Equal(count, regions.Count);
    }

    [Fact]
    public void No_text_makes_the_parsers_throw() => Gen.String.Sample(text =>
    {
        _ = IommuReader.TryParseRegions(text, out _);
        _ = IommuReader.TryParseAmdFeatures(text, out _);
        IommuReader.VendorOf(text);
    });

    private static IommuState Read(TreeEvidence tree) => IommuReader.Read(tree, PciReader.Read(tree));
}
