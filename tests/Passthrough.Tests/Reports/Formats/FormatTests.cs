using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Passthrough.Diagnosis;
using Passthrough.Reports.Formats;
using Passthrough.Reports.Json;
using Passthrough.Tests.Diagnosis;
using Passthrough.Tests.Robustness;
using Xunit;

namespace Passthrough.Tests.Reports.Formats;

/// <summary>The formats for CI servers and monitoring: valid whatever the machine says, and true to the findings.</summary>
public sealed partial class FormatTests
{
    private const string Nasty = "a<b>&\"c\\d\u0001\ufffe|e\nf\ud83d\ude00";
    private static readonly ToolInfo _tool = new("ptdiag", "1.2.3");

    public static TheoryData<string> Hosts => [.. Machines.Names];

    [Theory]
    [MemberData(nameof(Hosts))]
    public void JUnit_counts_what_it_holds(string machine)
    {
        AuditResult audit = Machines.Judge(Machines.Open(machine));
        XElement root = XDocument.Parse(JUnitReport.Render(audit, Verdict.Fail)).Root!;
        Assert.Equal(audit.Findings.Count, root.Descendants("testcase").Count());
        Assert.Equal(audit.Count(Verdict.Fail), root.Descendants("failure").Count());
        foreach (XElement suite in root.Elements("testsuite").Append(root))
        {
            Assert.Equal((int)suite.Attribute("tests")!, suite.Descendants("testcase").Count());
            Assert.Equal((int)suite.Attribute("failures")!, suite.Descendants("failure").Count());
            Assert.Equal((int)suite.Attribute("skipped")!, suite.Descendants("skipped").Count());
        }
    }

    [Theory]
    [InlineData(Verdict.Fail, 1)]
    [InlineData(Verdict.Warn, 2)]
    [InlineData(Verdict.Unknown, 3)]
    public void JUnit_fails_what_the_exit_code_fails(Verdict failOn, int failures) => Assert.Equal(failures,
        XDocument.Parse(JUnitReport.Render(Audit(One(Verdict.Fail), One(Verdict.Warn), One(Verdict.Unknown), One(Verdict.Fail) with { Waived = "known" }), failOn)).Descendants("failure").Count());

    [Fact]
    public void JUnit_keeps_text_that_is_no_markup()
    {
        XDocument document = XDocument.Parse(JUnitReport.Render(Audit(One(Verdict.Fail) with { Message = Nasty }), Verdict.Fail));
        Assert.Equal("a<b>&\"c\\d\ufffd\ufffd|e\nf\ud83d\ude00", (string)document.Descendants("failure").Single().Attribute("message")!);
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void Sarif_has_what_the_standard_requires(string machine)
    {
        AuditResult audit = Machines.Judge(Machines.Open(machine));
        using JsonDocument document = JsonDocument.Parse(SarifReport.Render(audit, _tool));
        Assert.Equal("2.1.0", document.RootElement.GetProperty("version").GetString());
        JsonElement run = Assert.Single(document.RootElement.GetProperty("runs").EnumerateArray());
        JsonElement[] rules = [.. run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray()];
        Assert.Equal(Catalog.All.Select(check => check.Id), rules.Select(rule => rule.GetProperty("id").GetString()));
        JsonElement[] results = [.. run.GetProperty("results").EnumerateArray()];
        Assert.Equal(audit.Count(Verdict.Fail) + audit.Count(Verdict.Warn) + audit.Count(Verdict.Unknown), results.Length);
        Assert.All(results, result =>
        {
            Assert.Equal(result.GetProperty("ruleId").GetString(), rules[result.GetProperty("ruleIndex").GetInt32()].GetProperty("id").GetString());
            Assert.Contains(result.GetProperty("level").GetString(), (string[])["error", "warning", "none"]);
            Assert.Equal(result.GetProperty("level").GetString() == "none", result.GetProperty("kind").GetString() == "open");
            Assert.NotEqual("", result.GetProperty("message").GetProperty("text").GetString());
            Assert.All(result.GetProperty("locations").EnumerateArray(), location =>
                Assert.True(!location.TryGetProperty("physicalLocation", out JsonElement place)
                    || Uri.IsWellFormedUriString(place.GetProperty("artifactLocation").GetProperty("uri").GetString(), UriKind.Relative)));
        });
        string[] prints = [.. results.Select(result => result.GetProperty("partialFingerprints").GetProperty("findingId/v1").GetString()!)];
        Assert.Equal(prints.Length, prints.Distinct().Count());
    }

    [Fact]
    public void A_fingerprint_is_of_check_and_subject_alone()
    {
        Assert.Equal(Fingerprint(One(Verdict.Fail)), Fingerprint(One(Verdict.Warn) with { Message = "another" }));
        Assert.NotEqual(Fingerprint(One(Verdict.Fail)), Fingerprint(One(Verdict.Fail) with { Subject = "group:1" }));
    }

    [Fact]
    public void Sarif_suppresses_what_is_waived()
    {
        JsonElement result = Results(One(Verdict.Fail) with { Waived = "known" })[0];
        Assert.Equal("known", result.GetProperty("suppressions")[0].GetProperty("justification").GetString());
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void Prometheus_lines_are_of_its_format(string machine)
    {
        AuditResult audit = Machines.Judge(Machines.Open(machine));
        string[] lines = PrometheusText.Render(audit, _tool).TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.True(Comment().IsMatch(line) || Sample().IsMatch(line), line));
        string[] samples = [.. lines.Where(line => line[0] != '#').Select(line => line[..line.LastIndexOf(' ')])];
        Assert.Equal(samples.Length, samples.Distinct().Count());
        Assert.Equal(lines.Count(line => line.StartsWith("# TYPE", StringComparison.Ordinal)), samples.Select(sample => sample.Split('{')[0]).Distinct().Count()
            + (audit.Count(Verdict.Fail) + audit.Count(Verdict.Warn) == 0 ? 1 : 0));
        Assert.Contains($"ptdiag_findings{{verdict=\"fail\"}} {audit.Count(Verdict.Fail)}", lines);
        Assert.Single(lines, line => line.StartsWith("ptdiag_ready{", StringComparison.Ordinal) && line.EndsWith(" 1", StringComparison.Ordinal));
        Assert.Single(lines, line => line.StartsWith("ptdiag_cause{", StringComparison.Ordinal) && line.EndsWith(" 1", StringComparison.Ordinal));
    }

    [Fact]
    public void A_label_is_escaped() =>
        Assert.Contains("subject=\"a\\\\b\\\"c\\nd\"", PrometheusText.Render(Audit(One(Verdict.Fail) with { Subject = "a\\b\"c\nd" }), _tool), StringComparison.Ordinal);

    [Theory]
    [InlineData(Verdict.Pass, null, PluginState.Ok)]
    [InlineData(Verdict.Note, null, PluginState.Ok)]
    [InlineData(Verdict.Warn, null, PluginState.Warning)]
    [InlineData(Verdict.Fail, null, PluginState.Critical)]
    [InlineData(Verdict.Unknown, null, PluginState.Unknown)]
    [InlineData(Verdict.Fail, "known", PluginState.Ok)]
    public void The_plugin_state_follows_the_findings(Verdict verdict, string? waived, PluginState expected)
    {
        AuditResult audit = Audit(One(verdict) with { Waived = waived, Message = Nasty });
        Assert.Equal(expected, PluginLine.StateOf(audit));
        string[] lines = PluginLine.Render(audit).TrimEnd('\n').Split('\n');
        Assert.Matches($@"^PTDIAG {expected.ToString().ToUpperInvariant()} - [^|]+ \|( [a-zA-Z]+=[0-9]+)+$", lines[0]);
        Assert.All(lines.Skip(1), line => Assert.DoesNotContain('|', line));
    }

    private static string Fingerprint(Finding finding) => Results(finding)[0].GetProperty("partialFingerprints").GetProperty("findingId/v1").GetString()!;

    private static JsonElement[] Results(params Finding[] findings)
    {
        using JsonDocument document = JsonDocument.Parse(SarifReport.Render(Audit(findings), _tool));
        return [.. document.RootElement.GetProperty("runs")[0].GetProperty("results").EnumerateArray().Select(result => result.Clone())];
    }

    private static Finding One(Verdict verdict) => new()
    {
        Id = "IOM-001",
        Title = "title",
        Section = Section.Iommu,
        Severity = Severity.Critical,
        Verdict = verdict,
        Subject = "host",
        Message = "message",
        Evidence = [new Citation("/proc/cmdline", 1, "quiet"), new Citation("stat:/dev/kvm", null, null)],
    };

    private static AuditResult Audit(params Finding[] findings) => new()
    {
        Model = Models.Blank,
        Today = new DateOnly(2026, 1, 1),
        Findings = findings,
        Ready = Auditor.ReadyOf(findings),
        Iommu = new IommuSummary(TriState.Unknown, null, null, null, TriState.Unknown),
        Cause = null,
    };

    [GeneratedRegex("^# (HELP ptdiag_[a-z_]+ .+|TYPE ptdiag_[a-z_]+ gauge)$")]
    private static partial Regex Comment();

    [GeneratedRegex("""^ptdiag_[a-z_]+(\{[a-z]+="([^"\\]|\\[\\"n])*"(,[a-z]+="([^"\\]|\\[\\"n])*")*\})? -?[0-9]+$""")]
    private static partial Regex Sample();
}
