using System.Globalization;
using Passthrough.Diagnosis;
using Passthrough.Host.Model;

namespace Passthrough.Reports.Html;

/// <summary>The judgement of a machine, ready to be written.</summary>
/// <param name="Ready">yes, no or unknown: the class of the answer.</param>
/// <param name="Answer">The answer in words, with a symbol.</param>
/// <param name="Why">What the answer rests on.</param>
/// <param name="Cause">The first broken rung; null when none is broken.</param>
/// <param name="Next">What to do next; empty when nothing is to be done.</param>
/// <param name="Counts">How many findings have a verdict.</param>
/// <param name="Unseen">What was looked for and not seen.</param>
/// <param name="UnknownIds">Checks with a finding that is unknown.</param>
/// <param name="Sections">Findings by section.</param>
/// <param name="Facts">The machine.</param>
/// <param name="Devices">PCI functions and groups.</param>
public sealed record AuditView(string Ready, string Answer, string Why, Cause? Cause, IReadOnlyList<Remedy> Next, IReadOnlyList<Fact> Counts,
    IReadOnlyList<Gap> Unseen, IReadOnlyList<string> UnknownIds, IReadOnlyList<SectionView> Sections, IReadOnlyList<Fact> Facts, DeviceView Devices)
{
    /// <summary>Prepares a judgement.</summary>
    public static AuditView Of(AuditResult audit)
    {
        Finding[] decisive = [.. audit.Findings
            .Where(finding => finding.Waived is null && finding is { Verdict: Verdict.Fail, Severity: Severity.Critical or Severity.High })];
        Finding[] open = [.. audit.Findings.Where(finding => finding.Verdict == Verdict.Unknown && finding.Severity == Severity.Critical)];
        (string ready, string answer, string why) = audit.Ready switch
        {
            Readiness.Yes => ("yes", "✓ Ready", "No check of critical or high severity failed, and every critical check was answered."),
            Readiness.No => ("no", "✕ Not ready", Count(decisive.Length, "check of critical or high severity failed", "checks of critical or high severity failed")),
            _ => ("unknown", "? Unknown", "No check of critical or high severity failed, but not all of the critical checks could be answered: "
                + Count(open.Length, "is unknown", "are unknown")),
        };
        return new AuditView(ready, answer, why, audit.Cause, NextOf(audit, decisive, open),
            [.. Enum.GetValues<Verdict>().Select(verdict => new Fact(Words.Symbol(verdict) + " " + Words.Of(verdict), Numbers.Whole(audit.Count(verdict))))],
            audit.Model.Gaps,
            [.. audit.Findings.Where(finding => finding.Verdict == Verdict.Unknown).Select(finding => finding.Id).Distinct()],
            [.. audit.Findings.GroupBy(finding => finding.Section).OrderBy(section => section.Key).Select(section => SectionView.Of(section.Key, [.. section]))],
            MachineFacts.Of(audit), DeviceView.Of(audit.Model));
    }

    /// <summary>The remedy of the cause; else of what failed, else of what is unknown.</summary>
    private static IReadOnlyList<Remedy> NextOf(AuditResult audit, Finding[] decisive, Finding[] open)
    {
        Finding? cause = audit.Cause is null ? null : audit.Findings.FirstOrDefault(finding => finding.Id == audit.Cause.FindingId && finding.Remedy.Count > 0);
        IEnumerable<Finding> sources = cause is not null ? [cause] : decisive.Length > 0 ? decisive : open;
        return [.. sources.OrderBy(finding => finding.Severity).SelectMany(finding => finding.Remedy).Distinct().Take(5)];
    }

    private static string Count(int count, string one, string many) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}.");
}

/// <summary>The findings of one section: what needs a look, and what is well or does not apply, folded.</summary>
public sealed record SectionView(string Id, string Title, IReadOnlyList<Finding> Open, IReadOnlyList<Finding> Folded)
{
    /// <summary>Splits a section's findings.</summary>
    public static SectionView Of(Section section, IReadOnlyList<Finding> findings) => new(
        "section-" + section.ToString().ToLowerInvariant(),
        Words.Of(section),
        [.. findings.Where(IsOpen).OrderBy(Rank)],
        [.. findings.Where(finding => !IsOpen(finding))]);

    private static bool IsOpen(Finding finding) => finding.Verdict is not (Verdict.Pass or Verdict.NotApplicable);

    private static int Rank(Finding finding) => finding.Verdict switch { Verdict.Fail => 0, Verdict.Unknown => 1, Verdict.Warn => 2, _ => 3 };
}

/// <summary>One finding; the first of its id in the page carries the anchor.</summary>
public sealed record FindingView(Finding Finding, bool IsFirst);
