using System.Globalization;
using System.Text;
using Passthrough.Diagnosis;

namespace Passthrough.Reports.Formats;

/// <summary>What the formats for other programs have in common.</summary>
internal static class FindingText
{
    /// <summary>From good to bad; a waived finding counts as a note.</summary>
    public static int Rank(Finding finding) => finding.Waived is not null ? 1 : finding.Verdict switch
    {
        Verdict.Note => 1,
        Verdict.Unknown => 2,
        Verdict.Warn => 3,
        Verdict.Fail => 4,
        _ => 0,
    };

    /// <summary>Message, evidence and remedies as lines.</summary>
    public static string Body(Finding finding)
    {
        var text = new StringBuilder(finding.Message).Append('\n');
        foreach (Citation citation in finding.Evidence)
        {
            text.Append("seen: ").Append(citation.Path);
            if (citation.Line is { } line)
            {
                text.Append(CultureInfo.InvariantCulture, $":{line}");
            }

            text.Append(citation.Excerpt is null ? "" : " = " + citation.Excerpt).Append('\n');
        }

        foreach (Remedy remedy in finding.Remedy)
        {
            text.Append("do: ").Append(remedy.Text).Append(remedy.Command is null ? "" : "\n$ " + remedy.Command).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>"1 fail", "2 warnings" for the verdicts that need attention; waived ones apart.</summary>
    public static string Counts(AuditResult audit)
    {
        int Open(Verdict verdict) => audit.Findings.Count(finding => finding.Verdict == verdict && finding.Waived is null);
        int waived = audit.Findings.Count(finding => finding.Waived is not null);
        return string.Create(CultureInfo.InvariantCulture,
            $"{Open(Verdict.Fail)} fail, {Open(Verdict.Warn)} warn, {Open(Verdict.Unknown)} unknown, {audit.Count(Verdict.Pass)} pass{(waived == 0 ? "" : $", {waived} waived")}");
    }
}
