using Passthrough.Cli.Output;
using Passthrough.Diagnosis;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;

namespace Passthrough.Cli.Verbs;

/// <summary>
/// The audit as text for a person: the answer and its cause, then what fails and warns. What could not be seen is folded by what would
/// make it known, notes and passes into a line each; <c>--all</c> lists everything by section.
/// </summary>
internal sealed class AuditText
{
    private const int MaximumEvidence = 4;
    private const int MaximumGaps = 20;

    private readonly Page _page;
    private readonly AuditResult _audit;
    private readonly HashSet<string> _consequences;

    private AuditText(Page page, AuditResult audit)
    {
        _page = page;
        _audit = audit;
        _consequences = [.. audit.Cause?.Consequences ?? []];
    }

    /// <summary>Writes the audit.</summary>
    public static void Draw(Page page, AuditResult audit, string source, bool everything)
    {
        var text = new AuditText(page, audit);
        text.Head(source);
        if (everything)
        {
            text.Sections();
            text.Gaps();
        }
        else
        {
            text.Attention();
            text.Unknowns();
        }

        text.Foot(everything);
    }

    /// <summary>The findings by section, worst first: those that need attention, or all.</summary>
    public static void DrawFindings(Page page, AuditResult audit, bool everything)
    {
        var text = new AuditText(page, audit with { Cause = null });
        if (everything)
        {
            text.Sections();
        }
        else
        {
            text.Attention();
            text.Unknowns();
        }
    }

    /// <summary>How many findings have each verdict.</summary>
    public static string Counts(AuditResult audit) => $"{audit.Count(Verdict.Pass)} pass, {audit.Count(Verdict.Note)} note, {audit.Count(Verdict.Warn)} warn, "
        + $"{audit.Count(Verdict.Fail)} fail, {audit.Count(Verdict.Unknown)} unknown, {audit.Count(Verdict.NotApplicable)} not applicable";

    private void Head(string source)
    {
        HostModel model = _audit.Model;
        Say("", $"{source}: kernel {model.Kernel.Release.Or("unknown")}, {model.Cpu.ModelName.Or("CPU unknown")}"
            + (model.IsVirtualMachine == true ? ", a virtual machine" : ""));
        (string word, string style) = _audit.Ready switch
        {
            Readiness.Yes => ("READY for passthrough: yes", "green bold"),
            Readiness.No => ("READY for passthrough: no", "red bold"),
            _ => ("READY for passthrough: unknown", "magenta bold"),
        };
        Title(word, style);
        if (_audit.Ready == Readiness.Unknown)
        {
            IEnumerable<string> open = _audit.AllFindings.Where(finding => finding is { Verdict: Verdict.Unknown, Severity: Severity.Critical, Waived: null }).Select(finding => finding.Id);
            Say("  ", "because these critical checks could not be answered: " + string.Join(", ", open.Distinct()));
        }

        IommuSummary iommu = _audit.Iommu;
        string state = iommu.State switch { TriState.Yes => "active", TriState.No => "inactive", _ => "unknown" };
        string remapping = iommu.InterruptRemapping switch { TriState.Yes => "on", TriState.No => "off", _ => "unknown" };
        Say("", $"IOMMU {state} ({iommu.Vendor ?? "vendor unknown"}, {Count(iommu.Units, "unit")}, {Count(iommu.Groups, "group")}), interrupt remapping {remapping}");
        if (_audit.Cause is { } cause)
        {
            _page.WriteLine();
            string lead = $"Cause [{System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(cause.Rung.ToString())}]: ";
            Say(lead, cause.Sentence + $" ({cause.FindingId})", "bold");
            if (cause.Consequences.Count > 0)
            {
                Say("It also explains: ", string.Join(", ", cause.Consequences.Distinct()));
            }
        }
    }

    // What fails and warns on its own; what follows from the cause stands in its line above.
    private void Attention()
    {
        Finding[] findings = [.. _audit.Findings.Where(finding => finding.Waived is null && finding.Verdict is Verdict.Fail or Verdict.Warn && !_consequences.Contains(finding.Id))
            .OrderBy(finding => finding.Verdict == Verdict.Fail ? 0 : 1).ThenBy(finding => finding.Severity)];
        if (findings.Length > 0)
        {
            _page.WriteLine();
        }

        foreach (Finding finding in findings)
        {
            One(finding);
        }
    }

    private void Unknowns()
    {
        Finding[] open = [.. _audit.Findings.Where(finding => finding.Waived is null)];
        IReadOnlyList<UnknownReason> reasons = UnknownReason.Fold(open, _audit.Model.Source == SourceKind.Live);
        if (reasons.Count > 0)
        {
            _page.WriteLine();
        }

        foreach (UnknownReason reason in reasons)
        {
            if (reason.Findings is [var only])
            {
                One(only);
                continue;
            }

            string[] ids = [.. reason.Findings.Select(finding => finding.Id).Distinct()];
            Mark(Verdict.Unknown, $"{(ids.Length == 1 ? $"{ids[0]}, {reason.Findings.Count} times" : $"{ids.Length} checks")}: {reason.Sentence.TrimEnd('.')}"
                + (ids.Length == 1 ? "." : $" ({string.Join(", ", ids)})."));
        }
    }

    private void Sections()
    {
        string? repeated = Repeated(_audit.Findings);
        foreach (IGrouping<Section, Finding> section in _audit.Findings.Where(finding => finding.Message != repeated).GroupBy(finding => finding.Section).OrderBy(section => section.Key))
        {
            _page.WriteLine();
            Title(Name(section.Key), "bold");
            foreach (Finding finding in section.OrderBy(Rank).ThenBy(finding => finding.Id, StringComparer.Ordinal))
            {
                One(finding);
            }
        }

        if (repeated is not null)
        {
            // One sentence that several checks share (no candidate was named) is said once.
            _page.WriteLine();
            Say("", $"{repeated} So these were not judged: " + Ids(_audit.Findings.Where(finding => finding.Message == repeated)) + ".");
        }
    }

    private void One(Finding finding)
    {
        string subject = finding.Subject == "host" ? "" : $" [{finding.Subject}]";
        Mark(finding.Verdict, $"{finding.Id} {finding.Title}{subject}: {finding.Message}");
        if (finding.Waived is not null)
        {
            Say("          waived: ", finding.Waived);
        }

        if (_consequences.Contains(finding.Id) && finding.Verdict is Verdict.Fail or Verdict.Warn)
        {
            // What follows from the cause is mended with it: its own remedies would only mislead.
            _page.WriteLine("          follows from the cause above");
            return;
        }

        if (finding.Verdict is not (Verdict.Fail or Verdict.Warn or Verdict.Unknown))
        {
            return;
        }

        foreach (Citation citation in finding.Evidence.Take(MaximumEvidence))
        {
            string line = citation.Line is { } number ? $":{number}" : "";
            Say("          seen: ", $"{citation.Path}{line}{(citation.Excerpt is { } text ? " = " + text : "")}");
        }

        foreach (Remedy remedy in finding.Remedy)
        {
            Say("          do:   ", remedy.Text);
            if (remedy.Command is { } run)
            {
                // A command is never broken: it must paste as it stands.
                _page.WriteLine("                $ " + run);
            }
        }
    }

    private void Gaps()
    {
        IReadOnlyList<Gap> gaps = _audit.Model.Gaps;
        if (gaps.Count == 0)
        {
            return;
        }

        _page.WriteLine();
        Title("Could not be seen", "bold");
        foreach (Gap gap in gaps.Take(MaximumGaps))
        {
            Say("  ", $"{gap.Path} ({gap.Outcome.ToString().ToLowerInvariant()}): {gap.Why}");
        }

        if (gaps.Count > MaximumGaps)
        {
            _page.WriteLine($"  and {gaps.Count - MaximumGaps} more (all in --format json)");
        }
    }

    private void Foot(bool everything)
    {
        Finding[] waived = [.. _audit.Findings.Where(finding => finding.Waived is not null)];
        _page.WriteLine();
        if (waived.Length > 0 && !everything)
        {
            Say("Waived: ", string.Join("; ", waived.Select(finding => $"{finding.Id}{(finding.Subject == "host" ? "" : $" [{finding.Subject}]")} ({finding.Waived!.TrimEnd('.')})")) + ".");
        }

        // The checks that found nothing to judge all say the same: what a reader can do about it is said once.
        Finding[] waiting = everything ? [] : [.. _audit.Findings.Where(finding => finding.Verdict == Verdict.Note && finding.Message.Contains("--device", StringComparison.Ordinal))];
        if (waiting.Length > 0)
        {
            string ids = Ids(waiting);
            Say("No function is seen to be meant for a guest: ", $"name one with --device to have it judged ({ids}).");
        }

        string[] notes = [.. _audit.Findings.Where(finding => finding.Verdict == Verdict.Note && !waiting.Contains(finding)).Select(finding => finding.Id).Distinct()];
        if (notes.Length > 0 && !everything)
        {
            Say(notes.Length == 1 ? "1 note: " : $"{notes.Length} notes: ", string.Join(", ", notes) + ".");
        }

        Say("", Counts(_audit) + (everything ? "." : ". Use --all to list everything, 'ptdiag explain ID' for the reasons behind a check."));
    }

    private void Mark(Verdict verdict, string text)
    {
        (string word, string style) = Terminal.Of(verdict);
        Say($"  {word,-8}", text, style);
    }

    // The lead carries the style; the text wraps below it.
    private void Say(string lead, string text, string? style = null)
    {
        string lines = Wrapping.Indented(lead, text, _page.Width);
        if (style is null)
        {
            _page.Write(lines);
            return;
        }

        _page.Write(lead, style);
        _page.Write(lines[lead.Length..]);
    }

    private void Title(string text, string style) => _page.WriteLine(text, style);

    private static string Ids(IEnumerable<Finding> findings) => string.Join(", ", findings.Select(finding => finding.Id).Distinct());

    private static string? Repeated(IReadOnlyList<Finding> findings) => findings
        .Where(finding => finding.Verdict == Verdict.Note).GroupBy(finding => finding.Message)
        .Where(group => group.Count() > 3).MaxBy(group => group.Count())?.Key;

    private static int Rank(Finding finding) => finding.Verdict switch
    {
        Verdict.Fail => 0,
        Verdict.Warn => 1,
        Verdict.Unknown => 2,
        Verdict.Note => 3,
        Verdict.Pass => 4,
        _ => 5,
    };

    private static string Count(int? count, string noun) => count is { } number ? $"{number} {noun}{(number == 1 ? "" : "s")}" : $"{noun}s unknown";

    private static string Name(Section section) => section switch
    {
        Section.KernelBuild => "Kernel build",
        Section.CommandLine => "Kernel command line",
        Section.Iommu => "IOMMU",
        Section.MemoryWindows => "Memory windows",
        Section.Sriov => "SR-IOV",
        Section.Numa => "NUMA",
        Section.Memory => "Huge pages and limits",
        Section.Cpu => "CPU",
        _ => section.ToString(),
    };
}
