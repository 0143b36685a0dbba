using System.Globalization;
using System.Text;
using Passthrough.Diagnosis;

namespace Passthrough.Reports.Formats;

/// <summary>
/// The output of a monitoring plugin (Nagios, Icinga, Naemon): one line of state and counts, performance data behind the bar, then one line
/// for each finding that needs attention. Source: Monitoring Plugins Development Guidelines.
/// </summary>
public static class PluginLine
{
    /// <summary>The plugin's state; its number is the exit code that the guidelines give it.</summary>
    public static PluginState StateOf(AuditResult audit)
    {
        ArgumentNullException.ThrowIfNull(audit);
        bool Any(Verdict verdict) => audit.Findings.Any(finding => finding.Verdict == verdict && finding.Waived is null);
        return Any(Verdict.Fail) || audit.Ready == Readiness.No ? PluginState.Critical
            : audit.Ready == Readiness.Unknown ? PluginState.Unknown
            : Any(Verdict.Warn) ? PluginState.Warning
            : PluginState.Ok;
    }

    /// <summary>The output.</summary>
    public static string Render(AuditResult audit)
    {
        PluginState state = StateOf(audit);
        string ready = audit.Ready switch { Readiness.Yes => "ready", Readiness.No => "not ready", _ => "readiness unknown" };
        string cause = audit.Cause is null || audit.Ready != Readiness.No ? "" : $" ({audit.Cause.FindingId}: {audit.Cause.Sentence})";
        var text = new StringBuilder(Line(state, $"{ready} for passthrough, {FindingText.Counts(audit)}{cause}"));
        text.Append(" |");
        foreach (Verdict verdict in Enum.GetValues<Verdict>())
        {
            text.Append(CultureInfo.InvariantCulture, $" {Json.Words.Of(verdict)}={audit.Findings.Count(finding => finding.Verdict == verdict && finding.Waived is null)}");
        }

        text.Append(CultureInfo.InvariantCulture, $" waived={audit.Findings.Count(finding => finding.Waived is not null)}\n");
        foreach (Finding finding in audit.Findings.Where(finding => finding.Waived is null && finding.Verdict is Verdict.Fail or Verdict.Warn)
            .OrderByDescending(FindingText.Rank))
        {
            text.Append(Plain($"{Json.Words.Of(finding.Verdict).ToUpperInvariant()} {finding.Id} [{finding.Subject}] {finding.Message}")).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The first line for a run that could not look.</summary>
    public static string Line(PluginState state, string sentence) => $"PTDIAG {state.ToString().ToUpperInvariant()} - {Plain(sentence)}";

    // The bar begins performance data, and a line feed ends the line.
    private static string Plain(string text) => text.Replace('|', '/').Replace('\n', ' ').Replace('\r', ' ');
}

/// <summary>State of a monitoring plugin.</summary>
public enum PluginState
{
    /// <summary>Ready, nothing fails or warns.</summary>
    Ok,

    /// <summary>Ready, something warns.</summary>
    Warning,

    /// <summary>Something fails.</summary>
    Critical,

    /// <summary>Nothing fails, but the machine could not be judged.</summary>
    Unknown,
}
