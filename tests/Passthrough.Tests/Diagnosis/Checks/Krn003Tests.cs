using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.KernelBuild;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Krn003Tests
{
    private static readonly Krn003IntelDefaultOn _check = new();

    [Theory]
    [InlineData("INTEL_IOMMU_DEFAULT_ON=y", "not needed")]
    [InlineData("INTEL_IOMMU_DEFAULT_ON=n", "only with intel_iommu=on")]
    [InlineData("INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF=y", "integrated graphics")]
    public void The_build_decides_whether_the_token_is_needed(string config, string words)
    {
        Finding finding = _check.Single(Models.Blank.Tables("FACP", "DMAR").Config(config));
        Assert.Equal(Verdict.Note, finding.Verdict);
        Assert.Contains(words, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_dmar_table_does_not_apply() => Assert.Equal(Verdict.NotApplicable, _check.Single(Models.Blank.Tables("FACP", "IVRS")).Verdict);

    [Fact]
    public void What_was_not_seen_is_unknown()
    {
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Tables("FACP", "DMAR")).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
    }
}
