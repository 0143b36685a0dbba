using Passthrough.Diagnosis;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis;

public class AuditorTests
{
    [Fact]
    public void On_a_machine_of_which_nothing_was_recorded_no_check_passes_or_fails()
    {
        AuditResult result = Models.Blank.Judge();

        Assert.All(result.Findings, finding => Assert.True(
            finding.Verdict is Verdict.Unknown or Verdict.NotApplicable or Verdict.Note, $"{finding.Id}: {finding.Verdict}, {finding.Message}"));
        Assert.Equal(Readiness.Unknown, result.Ready);
        Assert.Null(result.Cause);
        Assert.Equal(new IommuSummary(TriState.Unknown, null, null, null, TriState.Unknown), result.Iommu);
    }

    [Fact]
    public void Every_unknown_says_what_to_do_to_know() =>
        Assert.All(Models.Blank.Judge().Findings.Where(finding => finding.Verdict == Verdict.Unknown), finding => Assert.True(
            finding.Message.Contains("to know", StringComparison.Ordinal) || finding.Message.Contains("un ptdiag", StringComparison.Ordinal)
            || finding.Message.Contains("run \"ptdiag", StringComparison.Ordinal) || finding.Message.Contains("record a bundle", StringComparison.Ordinal)
            || finding.Message.Contains("ead /", StringComparison.Ordinal) || finding.Message.Contains("Look at /", StringComparison.Ordinal), $"{finding.Id}: {finding.Message}"));

    [Fact]
    public void A_healthy_host_is_ready_and_has_no_cause()
    {
        AuditResult result = PlatformModels.HealthyIntel.Judge();

        Assert.DoesNotContain(result.Findings, finding => finding.Verdict is Verdict.Fail or Verdict.Warn && IsPlatform(finding.Id));
        Assert.Null(result.Cause);
        Assert.Equal("intel", result.Iommu.Vendor);
        Assert.Equal((1, 2), (result.Iommu.Units, result.Iommu.Groups));
    }

    [Fact]
    public void A_check_that_throws_becomes_one_unknown_and_the_others_still_stand()
    {
        AuditResult result = Auditor.Judge(PlatformModels.HealthyIntel, new AuditOptions { Today = PlatformModels.Today },
            [new Throwing(), Catalog.Find("FW-001")!]);

        Assert.Equal(2, result.Findings.Count);
        Assert.Equal(Verdict.Unknown, result.Findings[0].Verdict);
        Assert.Contains("The check itself failed: InvalidOperationException", result.Findings[0].Message, StringComparison.Ordinal);
        Assert.Equal(Verdict.Pass, result.Findings[1].Verdict);
        Assert.Equal(Readiness.Unknown, result.Ready);
    }

    [Fact]
    public void A_check_that_throws_half_way_leaves_no_half_answer()
    {
        AuditResult result = Auditor.Judge(Models.Blank, new AuditOptions { Today = PlatformModels.Today }, [new Throwing(afterOne: true)]);

        Assert.Equal(Verdict.Unknown, Assert.Single(result.Findings).Verdict);
    }

    [Theory]
    [InlineData("fw-001")]
    [InlineData("FW001")]
    public void Only_limits_what_is_listed_but_not_what_readiness_rests_on(string id)
    {
        HostModel broken = PlatformModels.HealthyIntel.Kvm(Models.Absent<int>()).Cpu("GenuineIntel", "fpu");

        AuditResult result = Auditor.Judge(broken, new AuditOptions { Today = PlatformModels.Today, Only = [id] });

        Assert.Equal("FW-001", Assert.Single(result.Findings).Id);
        Assert.Equal(Readiness.No, result.Ready);
    }

    [Fact]
    public void A_waived_failure_does_not_make_the_machine_unready()
    {
        Finding failure = PlatformModels.HealthyIntel.Judge().Findings[0] with { Verdict = Verdict.Fail, Severity = Severity.High };

        Assert.Equal(Readiness.No, Auditor.ReadyOf([failure]));
        Assert.Equal(Readiness.Yes, Auditor.ReadyOf([failure with { Waived = "accepted" }]));
        Assert.Equal(Readiness.Yes, Auditor.ReadyOf([failure with { Severity = Severity.Medium }]));
        Assert.Equal(Readiness.Unknown, Auditor.ReadyOf([failure with { Severity = Severity.Critical, Verdict = Verdict.Unknown }]));
        Assert.Equal(Readiness.Yes, Auditor.ReadyOf([failure with { Verdict = Verdict.Unknown }]));
    }

    [Fact]
    public void Judging_twice_gives_the_same_findings() => Assert.Equal(
        PlatformModels.IdleIntel.Judge().Findings.Select(finding => (finding.Id, finding.Verdict, finding.Message)),
        PlatformModels.IdleIntel.Judge().Findings.Select(finding => (finding.Id, finding.Verdict, finding.Message)));

    private static bool IsPlatform(string id) => id.Split('-')[0] is "ENV" or "FW" or "KRN" or "CMD" or "MOD";

    private sealed class Throwing(bool afterOne = false) : Check
    {
        public override string Id => "ENV-999";
        public override string Title => "Throws";
        public override Section Section => Section.Environment;
        public override Severity Severity => Severity.Critical;
        public override string Explanation => "";
        public override string Criteria => "";
        public override IReadOnlyList<string> References => [];
        public override IReadOnlyList<Remedy> Remedies => [];

        public override IEnumerable<Finding> Examine(Subjects subjects)
        {
            if (afterOne)
            {
                yield return Make(Verdict.Pass, "host", "half", []);
            }

            throw new InvalidOperationException(LogEventKind.AmdEvent.ToString());
        }
    }
}
