using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.KernelBuild;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Krn004Tests
{
    private static readonly Krn004DefaultDomain _check = new();

    [Theory]
    [InlineData("IOMMU_DEFAULT_DMA_LAZY=y", Verdict.Note)]
    [InlineData("IOMMU_DEFAULT_DMA_STRICT=y", Verdict.Note)]
    [InlineData("IOMMU_DEFAULT_PASSTHROUGH=y", Verdict.Note)]
    [InlineData("IOMMU_SUPPORT=y", Verdict.Unknown)]
    public void The_choice_is_told(string config, Verdict expected) => Assert.Equal(expected, _check.Single(Models.Blank.Config(config)).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
