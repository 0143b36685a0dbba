using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Iom002Tests
{
    private static readonly Iom002GroupsExist _check = new();

    [Fact]
    public void A_group_with_a_member_passes() =>
        Assert.Equal(Verdict.Pass, DeviceCase.One(_check, Models.Blank.WithGroups(Models.Group("1", "0000:00:01.0"))).Verdict);

    [Fact]
    public void A_group_known_only_by_a_devices_link_counts() =>
        Assert.Equal(Verdict.Pass, DeviceCase.One(_check, Models.Blank.With(DeviceCase.Device("0000:01:00.0", group: "7"))).Verdict);

    [Fact]
    public void Groups_of_noiommu_mode_are_no_groups() =>
        Assert.Equal(Verdict.Fail, DeviceCase.One(_check, Models.Blank.WithGroups(DeviceCase.NoIommu("0", "0000:00:05.0"))).Verdict);

    [Fact]
    public void An_empty_folder_fails() => Assert.Equal(Verdict.Fail, DeviceCase.One(_check, Models.Blank.WithGroups()).Verdict);

    [Fact]
    public void Groups_without_a_readable_member_are_unknown() =>
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, Models.Blank.WithGroups(Models.Group("3"))).Verdict);

    [Theory]
    [InlineData(SourceKind.Live, Verdict.Fail)]
    [InlineData(SourceKind.Directory, Verdict.Unknown)]
    public void An_absent_folder_is_a_fact_except_in_a_captured_tree(SourceKind source, Verdict expected)
    {
        HostModel model = Models.Blank with { Source = source };
        model = model with { Iommu = model.Iommu with { GroupFolder = Models.Absent<IReadOnlyList<string>>("/sys/kernel/iommu_groups") } };
        Assert.Equal(expected, DeviceCase.One(_check, model).Verdict);
    }

    [Fact]
    public void A_denied_folder_is_unknown_and_asks_for_root()
    {
        HostModel model = Models.Blank with { Iommu = Models.Blank.Iommu with { GroupFolder = Reading.Missing<IReadOnlyList<string>>(Outcome.Denied, "/sys/kernel/iommu_groups") } };
        Finding finding = DeviceCase.One(_check, model);
        Assert.Equal(Verdict.Unknown, finding.Verdict);
        Assert.Contains("as root", finding.Message, StringComparison.Ordinal);
    }
}
