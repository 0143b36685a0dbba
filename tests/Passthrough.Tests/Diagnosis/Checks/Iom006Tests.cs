using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Iom006Tests
{
    private static readonly Iom006ReservedRegions _check = new();

    [Theory]
    [InlineData("direct", Verdict.Fail)]
    [InlineData("direct-relaxable", Verdict.Pass)]
    [InlineData("msi", Verdict.Pass)]
    [InlineData("reserved", Verdict.Pass)]
    public void Only_a_direct_region_stands_in_the_way(string type, Verdict expected) =>
        Assert.Equal(expected, DeviceCase.One(_check, With(new ReservedRegion(0xfee00000, 0xfeefffff, "msi"), new ReservedRegion(0x7d800000, 0x7fffffff, type)), "0000:01:00.0").Verdict);

    [Fact]
    public void The_range_is_named() => Assert.Contains("0x7d800000-0x7fffffff",
        DeviceCase.One(_check, With(new ReservedRegion(0x7d800000, 0x7fffffff, "direct")), "0000:01:00.0").Message, StringComparison.Ordinal);

    [Fact]
    public void No_region_passes() => Assert.Equal(Verdict.Pass, DeviceCase.One(_check, With(), "0000:01:00.0").Verdict);

    [Fact]
    public void Regions_that_were_not_read_are_unknown() =>
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, Models.Blank.With(DeviceCase.Device("0000:01:00.0", group: "1")), "0000:01:00.0").Verdict);

    [Fact]
    public void Without_a_group_it_does_not_apply() =>
        Assert.Equal(Verdict.NotApplicable, DeviceCase.One(_check, Models.Blank.With(DeviceCase.Device("0000:01:00.0")), "0000:01:00.0").Verdict);

    private static HostModel With(params ReservedRegion[] regions) => Models.Blank.With(DeviceCase.Device("0000:01:00.0", group: "1"))
        .WithGroups(Models.Group("1", "0000:01:00.0") with { ReservedRegions = Models.Known<IReadOnlyList<ReservedRegion>>(regions) });
}
