using System.Globalization;
using Passthrough.Diagnosis;
using Passthrough.Host.Evidence;
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
/// <param name="Unknowns">Findings that are unknown, by what would make them known.</param>
/// <param name="Sections">Findings by section.</param>
/// <param name="Facts">The machine.</param>
/// <param name="Devices">PCI functions and groups.</param>
public sealed record AuditView(string Ready, string Answer, string Why, Cause? Cause, IReadOnlyList<Remedy> Next, IReadOnlyList<Fact> Counts,
    IReadOnlyList<Gap> Unseen, IReadOnlyList<UnknownReason> Unknowns, IReadOnlyList<SectionView> Sections, IReadOnlyList<Fact> Facts, DeviceView Devices)
{
    /// <summary>Prepares a judgement.</summary>
    public static AuditView Of(AuditResult audit)
    {
        Finding[] decisive = [.. audit.Findings
            .Where(finding => finding.Waived is null && finding is { Verdict: Verdict.Fail, Severity: Severity.Critical or Severity.High })];
        Finding[] open = [.. audit.Findings.Where(finding => finding.Waived is null && finding.Verdict == Verdict.Unknown && finding.Severity == Severity.Critical)];
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
            UnknownReason.Fold(audit.Findings, audit.Model.Source == SourceKind.Live),
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

/// <summary>The findings of one section: what needs a look stands open, everything else is folded by kind.</summary>
/// <param name="Id">Anchor.</param>
/// <param name="Title">Heading.</param>
/// <param name="Open">What fails or warns.</param>
/// <param name="Folds">What is unknown, what is noted, what passed or does not apply; none that is empty.</param>
/// <param name="Counts">How many findings have each verdict, in the order of the verdicts.</param>
public sealed record SectionView(string Id, string Title, IReadOnlyList<Finding> Open, IReadOnlyList<FoldView> Folds, IReadOnlyList<int> Counts)
{
    /// <summary>Splits a section's findings.</summary>
    public static SectionView Of(Section section, IReadOnlyList<Finding> findings) => new(
        "section-" + section.ToString().ToLowerInvariant(),
        Words.Of(section),
        [.. findings.Where(finding => finding.Verdict is Verdict.Fail or Verdict.Warn).OrderBy(finding => finding.Verdict == Verdict.Fail ? 0 : 1)],
        [
            .. new[]
            {
                Fold(findings, "unknown", Verdict.Unknown),
                Fold(findings, "noted", Verdict.Note),
                Fold(findings, "passed or not applicable", Verdict.Pass, Verdict.NotApplicable),
            }.Where(fold => fold.Findings.Count > 0),
        ],
        [.. Enum.GetValues<Verdict>().Select(verdict => findings.Count(finding => finding.Verdict == verdict))]);

    private static FoldView Fold(IReadOnlyList<Finding> findings, string what, params Verdict[] verdicts)
    {
        Finding[] chosen = [.. findings.Where(finding => verdicts.Contains(finding.Verdict))];
        return new FoldView(string.Create(CultureInfo.InvariantCulture, $"{chosen.Length} {(chosen.Length == 1 ? "finding" : "findings")} {what}"), chosen);
    }
}

/// <summary>Findings behind a line that opens.</summary>
public sealed record FoldView(string Summary, IReadOnlyList<Finding> Findings);

/// <summary>One finding; the first of its id in the page carries the anchor.</summary>
public sealed record FindingView(Finding Finding, bool IsFirst);
