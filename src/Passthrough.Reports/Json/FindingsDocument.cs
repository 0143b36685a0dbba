using Passthrough.Diagnosis;
using Passthrough.Host.Model;

namespace Passthrough.Reports.Json;

/// <summary><c>ptdiag.findings/1</c> as the contract spells it. Every key is present; unknown is null.</summary>
internal sealed record FindingsDocument(
    string Schema, ToolInfo Tool, string JudgedOn, FindingsHost Host, FindingsSummary Summary, string Ready, FindingsIommu Iommu,
    FindingsCause? Cause, IReadOnlyList<FindingEntry> Findings, IReadOnlyList<GapEntry> Gaps)
{
    /// <summary>The document of one judgement.</summary>
    public static FindingsDocument From(AuditResult audit, ToolInfo tool)
    {
        HostModel model = audit.Model;
        int answered = audit.Findings.Count(finding => finding.Verdict is not Verdict.Unknown);
        return new FindingsDocument(
            "ptdiag.findings/1",
            tool,
            audit.Today.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
            new FindingsHost(model.Kernel.Release.Or(null), model.Kernel.CommandLine.Or(null)?.Text, model.Cpu.Vendor,
                model.Cpu.ModelName.Or(null), model.IsVirtualMachine, Words.Of(model.Source)),
            new FindingsSummary(audit.Count(Verdict.Pass), audit.Count(Verdict.Note), audit.Count(Verdict.Warn), audit.Count(Verdict.Fail),
                audit.Count(Verdict.Unknown), audit.Count(Verdict.NotApplicable), answered, audit.Findings.Count),
            Words.Of(audit.Ready),
            new FindingsIommu(State(audit.Iommu.State, "active", "inactive"), audit.Iommu.Vendor, audit.Iommu.Units, audit.Iommu.Groups,
                State(audit.Iommu.InterruptRemapping, "on", "off")),
            audit.Cause is { } cause
                ? new FindingsCause(Words.Of(cause.Rung), cause.FindingId, cause.Sentence, cause.Consequences)
                : null,
            [.. audit.Findings.Select(FindingEntry.From)],
            [.. model.Gaps.Select(GapEntry.From)]);
    }

    private static string State(TriState state, string yes, string no) => state switch
    {
        TriState.Yes => yes,
        TriState.No => no,
        _ => "unknown",
    };
}

internal sealed record FindingsHost(string? Kernel, string? Cmdline, string? CpuVendor, string? CpuModel, bool? IsVirtualMachine, string Source);

internal sealed record FindingsSummary(int Pass, int Note, int Warn, int Fail, int Unknown, int NotApplicable, int Answered, int Total);

internal sealed record FindingsIommu(string State, string? Vendor, int? Units, int? Groups, string InterruptRemapping);

internal sealed record FindingsCause(string Rung, string FindingId, string Sentence, IReadOnlyList<string> Consequences);

internal sealed record CitationEntry(string Path, int? Line, string? Excerpt);

internal sealed record RemedyEntry(string Text, string? Command);

internal sealed record FindingEntry(string Id, string Title, string Section, string Severity, string Verdict, string Subject, string Message,
    IReadOnlyList<CitationEntry> Evidence, IReadOnlyList<RemedyEntry> Remedy, IReadOnlyList<string> References, string? Waived)
{
    public static FindingEntry From(Finding finding) => new(
        finding.Id, finding.Title, Words.Of(finding.Section), Words.Of(finding.Severity), Words.Of(finding.Verdict), finding.Subject, finding.Message,
        [.. finding.Evidence.Select(item => new CitationEntry(item.Path, item.Line, item.Excerpt))],
        [.. finding.Remedy.Select(item => new RemedyEntry(item.Text, item.Command))],
        finding.References,
        finding.Waived);
}

internal sealed record GapEntry(string Path, string Outcome, string Why)
{
    public static GapEntry From(Gap gap) => new(gap.Path, Words.Of(gap.Outcome), gap.Why);
}
