using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Security;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Sec003Tests
{
    private static readonly Sec003LazyInvalidation _check = new();

    [Theory]
    [InlineData("DMA-FQ", Verdict.Note)]
    [InlineData("DMA", Verdict.Pass)]
    [InlineData("identity", Verdict.Pass)]
    public void The_groups_type_tells(string type, Verdict expected) =>
        Assert.Equal(expected, _check.Single(PlatformModels.HealthyIntel.Groups(Models.Group("0", "0000:00:05.0") with { Type = Models.Known(type) })).Verdict);

    [Fact]
    public void An_unseen_type_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(PlatformModels.HealthyIntel).Verdict);

    [Fact]
    public void Without_an_iommu_it_does_not_apply() => Assert.Equal(Verdict.NotApplicable, _check.Single(PlatformModels.IdleIntel).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
