using System.Text;
using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Waivers;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Waivers;

public sealed class WaiverTests
{
    private static readonly DateOnly _today = new(2026, 5, 1);

    [Fact]
    public void A_waived_fail_keeps_its_verdict_and_does_not_count()
    {
        AuditResult audit = WaiverRules.Apply(Audit(Finding("IOM-001", Verdict.Fail)), [Waiver("IOM-001", "host")]);
        Assert.Equal((Verdict.Fail, "known"), (audit.Findings[0].Verdict, audit.Findings[0].Waived));
        Assert.Equal(Readiness.Yes, audit.Ready);
        Assert.Single(audit.Findings);
    }

    [Fact]
    public void A_waived_critical_unknown_does_not_count() =>
        Assert.Equal(Readiness.Yes, WaiverRules.Apply(Audit(Finding("IOM-001", Verdict.Unknown)), [Waiver("iom001", "*")]).Ready);

    [Fact]
    public void A_pass_is_never_waived()
    {
        AuditResult audit = WaiverRules.Apply(Audit(Finding("IOM-001", Verdict.Pass)), [Waiver("IOM-001", "*")]);
        Assert.Null(audit.Findings[0].Waived);
    }

    [Fact]
    public void Another_subject_is_not_waived()
    {
        AuditResult audit = WaiverRules.Apply(Audit(Finding("GRP-001", Verdict.Fail, "group:1"), Finding("GRP-001", Verdict.Fail, "group:11")), [Waiver("GRP-001", "group:1")]);
        Assert.Equal(["known", null], audit.Findings.Select(finding => finding.Waived));
        Assert.Equal(Readiness.No, audit.Ready);
    }

    [Theory]
    [InlineData("2026-05-01", true)]
    [InlineData("2026-04-30", false)]
    public void The_last_day_counts(string expires, bool applies)
    {
        AuditResult audit = WaiverRules.Apply(Audit(Finding("IOM-001", Verdict.Fail)), [Waiver("IOM-001", "host", expires)]);
        Assert.Equal(applies ? Readiness.Yes : Readiness.No, audit.Ready);
        Assert.Equal(applies, audit.Findings.All(finding => finding.Id != "WAV-001"));
    }

    [Fact]
    public void An_expired_waiver_warns_even_where_nothing_needs_it()
    {
        Finding told = Assert.Single(WaiverRules.Apply(Audit(Finding("IOM-001", Verdict.Pass)), [Waiver("IOM-001", "host", "2020-01-01")]).Findings, finding => finding.Id == "WAV-001");
        Assert.Equal((Verdict.Warn, "token:IOM-001 host"), (told.Verdict, told.Subject));
        Assert.Contains("2020-01-01", told.Message, StringComparison.Ordinal);
        Assert.NotEmpty(told.Remedy);
    }

    [Fact]
    public void A_waiver_that_matches_nothing_is_told() =>
        Assert.Equal(Verdict.Note, Assert.Single(WaiverRules.Apply(Audit(), [Waiver("IOM-001", "host")]).Findings).Verdict);

    [Fact]
    public void What_the_list_leaves_out_still_counts_and_is_still_waived()
    {
        AuditResult audit = Audit(Finding("IOM-001", Verdict.Fail)) with { Findings = [], AllFindings = [Finding("IOM-001", Verdict.Fail)], Ready = Readiness.No };
        Assert.Equal(Readiness.No, WaiverRules.Apply(audit, [Waiver("IOM-002", "host")]).Ready);
        Assert.Equal(Readiness.Yes, WaiverRules.Apply(audit, [Waiver("IOM-001", "host")]).Ready);
    }

    [Fact]
    public void A_file_is_read()
    {
        Assert.True(WaiverFile.TryParse(Bytes("""
            {"$schema": "x", "schema": "ptdiag.waivers/1", "waivers": [
              {"id": "iom-001", "reason": "lab", "expires": "2026-12-31"},
              {"id": "GRP-001", "subject": "group:3", "reason": "one tenant", "expires": "2026-01-01"}]}
            """), out IReadOnlyList<Waiver> waivers, out _));
        Assert.Equal([new Waiver("IOM-001", "*", "lab", new DateOnly(2026, 12, 31)), new Waiver("GRP-001", "group:3", "one tenant", new DateOnly(2026, 1, 1))], waivers);
    }

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("[]", "JSON")]
    [InlineData("{}", "schema")]
    [InlineData("""{"schema":"ptdiag.waivers/2","waivers":[]}""", "schema")]
    [InlineData("""{"schema":"ptdiag.waivers/1","waivers":[],"extra":1}""", "\"extra\"")]
    [InlineData("""{"schema":"ptdiag.waivers/1","waivers":[null]}""", "waiver 1")]
    [InlineData("""{"schema":"ptdiag.waivers/1","waivers":[{"reason":"r","expires":"2026-01-01"}]}""", "\"id\"")]
    [InlineData("""{"schema":"ptdiag.waivers/1","waivers":[{"id":"XYZ-001","reason":"r","expires":"2026-01-01"}]}""", "does not exist")]
    [InlineData("""{"schema":"ptdiag.waivers/1","waivers":[{"id":"IOM-001","reason":" ","expires":"2026-01-01"}]}""", "reason")]
    [InlineData("""{"schema":"ptdiag.waivers/1","waivers":[{"id":"IOM-001","reason":"r"}]}""", "expires")]
    [InlineData("""{"schema":"ptdiag.waivers/1","waivers":[{"id":"IOM-001","reason":"r","expires":"31.12.2026"}]}""", "expires")]
    [InlineData("""{"schema":"ptdiag.waivers/1","waivers":[{"id":"IOM-001","raeson":"r","reason":"r","expires":"2026-01-01"}]}""", "\"raeson\"")]
    [InlineData("""{"schema":"ptdiag.waivers/1","waivers":[{"id":"IOM-001","reason":"r","expires":"2026-01-01"},{"id":"IOM001","reason":"r","expires":"2027-01-01"}]}""", "second time")]
    public void A_malformed_file_says_what_is_wrong(string text, string expected)
    {
        Assert.False(WaiverFile.TryParse(Bytes(text), out IReadOnlyList<Waiver> waivers, out string problem));
        Assert.Empty(waivers);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static Waiver Waiver(string id, string subject, string expires = "2026-12-31") => new(id, subject, "known", DateOnly.Parse(expires, null));

    private static Finding Finding(string id, Verdict verdict, string subject = "host") => new()
    {
        Id = id,
        Title = "title",
        Section = Section.Iommu,
        Severity = Severity.Critical,
        Verdict = verdict,
        Subject = subject,
        Message = "message",
    };

    private static AuditResult Audit(params Finding[] findings) => new()
    {
        Model = Models.Blank,
        Today = _today,
        Findings = findings,
        Ready = Auditor.ReadyOf(findings),
        Iommu = new IommuSummary(TriState.Unknown, null, null, null, TriState.Unknown),
        Cause = null,
    };
}
