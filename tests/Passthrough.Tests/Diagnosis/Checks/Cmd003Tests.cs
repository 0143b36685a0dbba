using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.CommandLine;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Cmd003Tests
{
    private static readonly Cmd003Iommu _check = new();

    [Theory]
    [InlineData("iommu=pt", Verdict.Pass)]
    [InlineData("iommu=nopt,merge", Verdict.Pass)]
    [InlineData("iommu=memaper=3", Verdict.Pass)]
    [InlineData("iommu=1", Verdict.Note)]
    [InlineData("iommu=on", Verdict.Note)]
    [InlineData("iommu=pt,on", Verdict.Note)]
    [InlineData("iommu=soft", Verdict.Warn)]
    [InlineData("iommu=yes", Verdict.Warn)]
    [InlineData("iommu=", Verdict.Warn)]
    [InlineData("iommu=off", Verdict.Fail)]
    [InlineData("iommu=pt,off", Verdict.Fail)]
    public void Options_are_judged_one_by_one(string token, Verdict expected) =>
        Assert.Equal(expected, _check.Single(Models.Blank.CommandLine("ro " + token + " quiet")).Verdict);

    [Theory]
    [InlineData("iommu.passthrough=1")]
    [InlineData("iommu.strict=0")]
    [InlineData("swiommu=off")]
    public void Other_parameters_are_left_alone(string token) =>
        Assert.Equal(Verdict.NotApplicable, _check.Single(Models.Blank.CommandLine(token)).Verdict);

    [Fact]
    public void Off_while_an_iommu_is_at_work_is_a_warning() =>
        Assert.Equal(Verdict.Warn, _check.Single(PlatformModels.HealthyIntel.CommandLine("iommu=off")).Verdict);

    [Fact]
    public void On_arm_it_is_not_parsed() => Assert.Equal(Verdict.Note, _check.Single(Models.Blank.Cpu("ARM").CommandLine("iommu=off")).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
