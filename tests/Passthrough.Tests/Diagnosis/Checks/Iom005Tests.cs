using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Iommu;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Iom005Tests
{
    private static readonly Iom005DefaultDomain _check = new();

    [Fact]
    public void Types_are_counted_and_identity_is_no_fault()
    {
        IommuGroup Of(string id, string type) => Models.Group(id, "0000:00:0" + id + ".0") with { Type = Models.Known(type) };
        Finding finding = DeviceCase.One(_check, Models.Blank.WithGroups(Of("1", "identity"), Of("2", "DMA-FQ"), Of("3", "DMA-FQ")));
        Assert.Equal(Verdict.Note, finding.Verdict);
        Assert.Contains("DMA-FQ on 2 groups, identity on 1 group", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_before_5_11_shows_no_type() =>
        Assert.Equal(Verdict.Note, DeviceCase.One(_check, Models.Blank.WithGroups(Models.Group("1", "0000:00:01.0") with { Type = Models.Absent<string>() })).Verdict);

    [Fact]
    public void A_type_that_was_not_read_is_unknown() =>
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, Models.Blank.WithGroups(Models.Group("1", "0000:00:01.0"))).Verdict);

    [Fact]
    public void Without_an_iommu_it_does_not_apply() =>
        Assert.Equal(Verdict.NotApplicable, DeviceCase.One(_check, Models.Blank.WithUnits().WithGroups()).Verdict);
}
