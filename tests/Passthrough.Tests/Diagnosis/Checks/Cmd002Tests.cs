using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.CommandLine;
using Passthrough.Host.Logs;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Cmd002Tests
{
    private static readonly Cmd002AmdIommu _check = new();

    [Theory]
    [InlineData("amd_iommu=pgtbl_v2", Verdict.Pass)]
    [InlineData("amd_iommu=pgtbl_v1,nohugepages", Verdict.Pass)]
    [InlineData("amd_iommu=force_isolation", Verdict.Pass)]
    [InlineData("amd_iommu=fullflush", Verdict.Note)]
    [InlineData("amd_iommu=on", Verdict.Note)]
    [InlineData("amd_iommu=off", Verdict.Fail)]
    [InlineData("amd_iommu=pgtbl_v2,off", Verdict.Fail)]
    [InlineData("amd_iommu=enable", Verdict.Warn)]
    [InlineData("amd_iommu", Verdict.Warn)]
    public void Options_are_judged_one_by_one(string token, Verdict expected) =>
        Assert.Equal(expected, _check.Single(Models.Blank.CommandLine(token)).Verdict);

    [Fact]
    public void The_value_on_is_never_advised_and_the_kernels_answer_is_cited()
    {
        Finding finding = _check.Single(Models.Blank.CommandLine("amd_iommu=on").Log(false, (LogEventKind.UnknownOption, "AMD-Vi: Unknown option - 'on'")));

        Assert.Contains("no effect", finding.Message, StringComparison.Ordinal);
        Assert.Contains(finding.Evidence, item => item.Path == "/dev/kmsg");
        Assert.StartsWith("Remove amd_iommu=on", Assert.Single(finding.Remedy).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Off_on_a_machine_without_an_ivrs_table_has_no_effect() =>
        Assert.Equal(Verdict.Note, _check.Single(PlatformModels.HealthyIntel.CommandLine("amd_iommu=off")).Verdict);

    [Fact]
    public void No_token_does_not_apply() => Assert.Equal(Verdict.NotApplicable, _check.Single(Models.Blank.CommandLine("quiet")).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
