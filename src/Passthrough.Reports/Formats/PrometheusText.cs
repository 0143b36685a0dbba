using System.Globalization;
using System.Text;
using Passthrough.Diagnosis;
using Passthrough.Host.Model;
using Words = Passthrough.Reports.Json.Words;
using ToolInfo = Passthrough.Reports.Json.ToolInfo;

namespace Passthrough.Reports.Formats;

/// <summary>
/// Prometheus' text format, for the textfile collector of node_exporter. Names and labels are stable. States are sets: one series for each
/// possible value, 1 for the one that holds, so that a change never leaves a stale series behind.
/// </summary>
public static class PrometheusText
{
    /// <summary>The metrics of one judgement.</summary>
    public static string Render(AuditResult audit, ToolInfo tool)
    {
        ArgumentNullException.ThrowIfNull(audit);
        ArgumentNullException.ThrowIfNull(tool);
        HostModel model = audit.Model;
        var text = new StringBuilder();
        Head(text, "ptdiag_info", "What was judged, and by what.");
        Line(text, "ptdiag_info", 1, ("version", tool.Version), ("kernel", model.Kernel.Release.Or("")!), ("source", Words.Of(model.Source)));

        Head(text, "ptdiag_judged_on_timestamp_seconds", "The day of judging, 00:00 UTC, as Unix time.");
        Line(text, "ptdiag_judged_on_timestamp_seconds", new DateTimeOffset(audit.Today.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).ToUnixTimeSeconds());

        Head(text, "ptdiag_ready", "Whether the machine is ready for PCI passthrough: 1 for the state that holds.");
        Set(text, "ptdiag_ready", "state", [.. Enum.GetValues<Readiness>().Select(Words.Of)], Words.Of(audit.Ready));

        Head(text, "ptdiag_iommu", "Whether the IOMMU translates: 1 for the state that holds.");
        Set(text, "ptdiag_iommu", "state", ["active", "inactive", "unknown"], State(audit.Iommu.State, "active", "inactive"));

        Head(text, "ptdiag_interrupt_remapping", "Whether interrupts are remapped: 1 for the state that holds.");
        Set(text, "ptdiag_interrupt_remapping", "state", ["on", "off", "unknown"], State(audit.Iommu.InterruptRemapping, "on", "off"));

        Head(text, "ptdiag_cause", "The first broken rung: 1 for the rung that is broken first, or for none.");
        Set(text, "ptdiag_cause", "rung", [.. Enum.GetValues<Rung>().Select(Words.Of), "none"], audit.Cause is { } cause ? Words.Of(cause.Rung) : "none");

        Head(text, "ptdiag_findings", "Findings that are not waived, by verdict.");
        foreach (Verdict verdict in Enum.GetValues<Verdict>())
        {
            Line(text, "ptdiag_findings", audit.Findings.Count(finding => finding.Verdict == verdict && finding.Waived is null), ("verdict", Words.Of(verdict)));
        }

        Head(text, "ptdiag_findings_waived", "Findings that a waiver passes over.");
        Line(text, "ptdiag_findings_waived", audit.Findings.Count(finding => finding.Waived is not null));

        Head(text, "ptdiag_check_verdict", "The worst finding of each check: 0 pass or does not apply, 1 note or waived, 2 unknown, 3 warn, 4 fail.");
        foreach (IGrouping<string, Finding> check in audit.Findings.GroupBy(finding => finding.Id))
        {
            Line(text, "ptdiag_check_verdict", check.Max(FindingText.Rank), ("id", check.Key), ("severity", Words.Of(check.First().Severity)));
        }

        Head(text, "ptdiag_finding", "Findings that fail or warn and are not waived, with their subject.");
        foreach (Finding finding in audit.Findings.Where(finding => finding.Waived is null && finding.Verdict is Verdict.Fail or Verdict.Warn)
            .DistinctBy(finding => (finding.Id, finding.Subject, finding.Verdict)))
        {
            Line(text, "ptdiag_finding", 1, ("id", finding.Id), ("subject", finding.Subject), ("verdict", Words.Of(finding.Verdict)), ("severity", Words.Of(finding.Severity)));
        }

        return text.ToString();
    }

    /// <summary>A label's value: backslash, quote and line feed are escaped. Source: Prometheus' exposition format.</summary>
    internal static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static void Head(StringBuilder text, string name, string help) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} gauge\n");

    private static void Set(StringBuilder text, string name, string label, string[] states, string holds)
    {
        foreach (string state in states)
        {
            Line(text, name, state == holds ? 1 : 0, (label, state));
        }
    }

    private static void Line(StringBuilder text, string name, long value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        text.Append(name);
        for (int i = 0; i < labels.Length; i++)
        {
            text.Append(i == 0 ? '{' : ',').Append(CultureInfo.InvariantCulture, $"{labels[i].Name}=\"{Escape(labels[i].Value)}\"");
        }

        text.Append(labels.Length == 0 ? " " : "} ").Append(CultureInfo.InvariantCulture, $"{value}\n");
    }

    private static string State(TriState state, string yes, string no) => state switch { TriState.Yes => yes, TriState.No => no, _ => "unknown" };
}
