using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.CommandLine;
using Passthrough.Host.Logs;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Cmd001Tests
{
    private static readonly Cmd001IntelIommu _check = new();

    [Theory]
    [InlineData("intel_iommu=on", Verdict.Pass)]
    [InlineData("intel_iommu=on,sm_on", Verdict.Pass)]
    [InlineData("intel_iommu=on,igfx_off", Verdict.Pass)]
    [InlineData("intel_iommu=tboot_noforce", Verdict.Pass)]
    [InlineData("intel-iommu=on", Verdict.Pass)]
    [InlineData("intel_iommu=on,strict", Verdict.Note)]
    [InlineData("intel_iommu=off", Verdict.Fail)]
    [InlineData("intel_iommu=enable", Verdict.Warn)]
    [InlineData("intel_iommu=1", Verdict.Warn)]
    [InlineData("intel_iommu=on,nobounce", Verdict.Warn)]
    [InlineData("intel_iommu=", Verdict.Warn)]
    [InlineData("intel_iommu", Verdict.Warn)]
    public void Options_are_judged_one_by_one(string token, Verdict expected)
    {
        Finding finding = _check.Single(Models.Blank.CommandLine("ro " + token));

        Assert.Equal(expected, finding.Verdict);
        Assert.Equal("token:" + token, finding.Subject);
        Assert.Contains(finding.Evidence, item => item.Path == "/proc/cmdline" && item.Excerpt == token);
    }

    [Fact]
    public void An_off_that_a_later_on_takes_back_is_a_note() => Assert.Equal([Verdict.Note, Verdict.Pass],
        _check.Run(Models.Blank.CommandLine("intel_iommu=off intel_iommu=on")).Select(finding => finding.Verdict));

    [Fact]
    public void Off_without_a_dmar_table_has_no_effect() =>
        Assert.Equal(Verdict.Note, _check.Single(Models.Blank.Tables("FACP", "IVRS").CommandLine("intel_iommu=off")).Verdict);

    [Fact]
    public void Off_while_units_are_at_work_is_a_warning() =>
        Assert.Equal(Verdict.Warn, _check.Single(PlatformModels.HealthyIntel.CommandLine("intel_iommu=off")).Verdict);

    [Fact]
    public void No_token_and_none_needed_does_not_apply() => Assert.Equal(Verdict.NotApplicable, _check.Single(PlatformModels.HealthyIntel).Verdict);

    [Fact]
    public void The_missing_token_fails_where_the_kernels_default_is_off()
    {
        Finding finding = _check.Single(PlatformModels.IdleIntel.Config("INTEL_IOMMU=y", "INTEL_IOMMU_DEFAULT_ON=n"));

        Assert.Equal(Verdict.Fail, finding.Verdict);
        Assert.Contains("intel_iommu=on", Assert.Single(finding.Remedy).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_that_starts_by_default_is_not_asked_for_the_token() =>
        Assert.Equal(Verdict.NotApplicable, _check.Single(PlatformModels.IdleIntel).Verdict);

    [Fact]
    public void The_line_that_says_enabled_is_no_proof_and_changes_nothing() => Assert.Equal(Verdict.Fail,
        _check.Single(PlatformModels.IdleIntel.CommandLine("intel_iommu=off").Log(true, (LogEventKind.IommuTokenParsed, "DMAR: IOMMU enabled"))).Verdict);

    [Fact]
    public void The_kernels_own_complaint_is_cited() => Assert.Contains(
        _check.Single(Models.Blank.CommandLine("intel_iommu=foo").Log(false, (LogEventKind.UnknownOption, "DMAR: Unknown option - 'foo'"))).Evidence,
        item => item.Path == "/dev/kmsg");

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
