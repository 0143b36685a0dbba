using System.Globalization;
using System.Text;
using Passthrough.Diagnosis;
using Passthrough.Reports.Html;

namespace Passthrough.Reports.Formats;

/// <summary>
/// JUnit XML, as CI servers read it: one suite a section, one case a finding. A Fail is a failure. What was not answered or does not
/// apply is skipped, with the reason: an error would turn every run without root red. What <c>--fail-on</c> names is a failure too.
/// A waived finding is skipped with the waiver's reason.
/// </summary>
public static class JUnitReport
{
    /// <summary>The document; <paramref name="failOn"/> is the mildest verdict that counts as failed: Fail, Warn or Unknown.</summary>
    public static string Render(AuditResult audit, Verdict failOn)
    {
        ArgumentNullException.ThrowIfNull(audit);
        var xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        Open(xml, 0, "testsuites", audit.Findings, failOn, "ptdiag");
        foreach (IGrouping<Section, Finding> section in audit.Findings.GroupBy(finding => finding.Section).OrderBy(section => section.Key))
        {
            Finding[] findings = [.. section];
            Open(xml, 2, "testsuite", findings, failOn, Words.Of(section.Key));
            foreach (Finding finding in findings)
            {
                Case(xml, finding, failOn);
            }

            xml.Append("  </testsuite>\n");
        }

        return xml.Append("</testsuites>\n").ToString();
    }

    /// <summary>Text for an attribute or an element: markup escaped, what XML 1.0 cannot hold replaced.</summary>
    internal static string Escape(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '<' => result.Append("&lt;"),
                '>' => result.Append("&gt;"),
                '&' => result.Append("&amp;"),
                '"' => result.Append("&quot;"),
                '\n' => result.Append("&#10;"),
                '\t' => result.Append("&#9;"),
                < 0x20 or 0xfffe or 0xffff => result.Append('\ufffd'),
                _ => result.Append(rune.ToString()),
            };
        }

        return result.ToString();
    }

    private static void Open(StringBuilder xml, int indent, string element, IReadOnlyList<Finding> findings, Verdict failOn, string name)
    {
        int failures = findings.Count(finding => IsFailure(finding, failOn));
        int skipped = findings.Count(finding => !IsFailure(finding, failOn) && WhySkipped(finding) is not null);
        xml.Append(' ', indent).Append(CultureInfo.InvariantCulture,
            $"<{element} name=\"{Escape(name)}\" tests=\"{findings.Count}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\" time=\"0\">\n");
    }

    private static void Case(StringBuilder xml, Finding finding, Verdict failOn)
    {
        xml.Append(CultureInfo.InvariantCulture,
            $"    <testcase classname=\"ptdiag.{finding.Section}\" name=\"{Escape($"{finding.Id} {finding.Title} [{finding.Subject}]")}\" time=\"0\"");
        if (IsFailure(finding, failOn))
        {
            xml.Append(CultureInfo.InvariantCulture, $">\n      <failure type=\"{Words.Of(finding.Verdict)}, {Words.Of(finding.Severity)}\" message=\"{Escape(finding.Message)}\">")
                .Append(Escape(FindingText.Body(finding)).Replace("&#10;", "\n", StringComparison.Ordinal)).Append("</failure>\n    </testcase>\n");
        }
        else if (WhySkipped(finding) is { } why)
        {
            xml.Append(CultureInfo.InvariantCulture, $">\n      <skipped message=\"{Escape(why)}\"/>\n    </testcase>\n");
        }
        else if (finding.Verdict is Verdict.Warn or Verdict.Note)
        {
            xml.Append(CultureInfo.InvariantCulture, $">\n      <system-out>{Words.Of(finding.Verdict)}: ")
                .Append(Escape(FindingText.Body(finding)).Replace("&#10;", "\n", StringComparison.Ordinal)).Append("</system-out>\n    </testcase>\n");
        }
        else
        {
            xml.Append("/>\n");
        }
    }

    private static bool IsFailure(Finding finding, Verdict failOn) => finding.Waived is null && finding.Verdict switch
    {
        Verdict.Fail => true,
        Verdict.Warn => failOn is Verdict.Warn or Verdict.Unknown,
        Verdict.Unknown => failOn == Verdict.Unknown,
        _ => false,
    };

    private static string? WhySkipped(Finding finding) => finding.Waived is { } reason ? $"waived: {reason} ({Words.Of(finding.Verdict)}: {finding.Message})"
        : finding.Verdict switch
        {
            Verdict.Unknown => "unknown: " + finding.Message,
            Verdict.NotApplicable => "does not apply: " + finding.Message,
            _ => null,
        };
}
