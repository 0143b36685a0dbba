using Passthrough.Cli.Output;
using Passthrough.Diagnosis;
using Passthrough.Host.Model;
using Spectre.Console;

namespace Passthrough.Cli.Verbs;

/// <summary>The audit as text for a person: the answer first, then what needs attention, then what could not be seen.</summary>
internal static class AuditText
{
    public static void Draw(IAnsiConsole console, AuditResult audit, string source, bool everything)
    {
        Head(console, audit, source);
        DrawFindings(console, audit, everything, audit.Cause?.Consequences ?? []);
        Gaps(console, audit.Model);
        console.WriteLine();
        console.WriteLine(Counts(audit) + (everything ? "." : ". Use --all to list everything, 'ptdiag explain ID' for the reasons behind a check."));
    }

    /// <summary>The findings by section, worst first; what follows from a cause that was shown has no remedies of its own.</summary>
    public static void DrawFindings(IAnsiConsole console, AuditResult audit, bool everything, IReadOnlyList<string> consequences)
    {
        HashSet<string> repeated = [.. Repeated(audit.Findings)];
        foreach (string sentence in repeated)
        {
            // One sentence that several checks share (no candidate was named) is said once.
            console.WriteLine();
            console.WriteLine($"{sentence} So these were not judged: "
                + string.Join(", ", audit.Findings.Where(finding => finding.Message == sentence).Select(finding => finding.Id)) + ".");
        }

        foreach (IGrouping<Section, Finding> section in audit.Findings.Where(finding => (everything || Matters(finding)) && !repeated.Contains(finding.Message)).GroupBy(finding => finding.Section))
        {
            console.WriteLine();
            console.Write(new Text(Title(section.Key), new Style(decoration: Decoration.Bold)));
            console.WriteLine();
            foreach (Finding finding in section.OrderBy(Rank).ThenBy(finding => finding.Id, StringComparer.Ordinal))
            {
                Draw(console, finding, consequences.Contains(finding.Id));
            }
        }
    }

    /// <summary>How many findings have each verdict.</summary>
    public static string Counts(AuditResult audit) => $"{audit.Count(Verdict.Pass)} pass, {audit.Count(Verdict.Note)} note, {audit.Count(Verdict.Warn)} warn, "
        + $"{audit.Count(Verdict.Fail)} fail, {audit.Count(Verdict.Unknown)} unknown, {audit.Count(Verdict.NotApplicable)} not applicable";

    private static void Head(IAnsiConsole console, AuditResult audit, string source)
    {
        HostModel model = audit.Model;
        console.WriteLine($"{source}: kernel {model.Kernel.Release.Or("unknown")}, {model.Cpu.ModelName.Or("CPU unknown")}"
            + (model.IsVirtualMachine == true ? ", a virtual machine" : ""));
        (string word, string style) = audit.Ready switch
        {
            Readiness.Yes => ("READY for passthrough: yes", "green bold"),
            Readiness.No => ("READY for passthrough: no", "red bold"),
            _ => ("READY for passthrough: unknown", "magenta bold"),
        };
        console.Write(new Text(word, Style.Parse(style)));
        console.WriteLine();
        IommuSummary iommu = audit.Iommu;
        string state = iommu.State switch { TriState.Yes => "active", TriState.No => "inactive", _ => "unknown" };
        string remapping = iommu.InterruptRemapping switch { TriState.Yes => "on", TriState.No => "off", _ => "unknown" };
        console.WriteLine($"IOMMU {state} ({iommu.Vendor ?? "vendor unknown"}, {Count(iommu.Units, "unit")}, {Count(iommu.Groups, "group")}), interrupt remapping {remapping}");
        if (audit.Cause is { } cause)
        {
            console.WriteLine();
            console.Write(new Text($"Cause [{Words(cause.Rung)}]: ", new Style(decoration: Decoration.Bold)));
            console.WriteLine(cause.Sentence + $" ({cause.FindingId})");
            if (cause.Consequences.Count > 0)
            {
                console.WriteLine("It also explains: " + string.Join(", ", cause.Consequences.Distinct()));
            }
        }
    }

    private static void Draw(IAnsiConsole console, Finding finding, bool consequence)
    {
        (string word, string style) = Terminal.Of(finding.Verdict);
        console.Write(new Text($"  {word,-8}", Style.Parse(style)));
        string subject = finding.Subject == "host" ? "" : $" [{finding.Subject}]";
        console.WriteLine($"{finding.Id} {finding.Title}{subject}: {finding.Message}");
        if (finding.Waived is not null)
        {
            console.WriteLine($"          waived: {finding.Waived}");
        }

        if (consequence)
        {
            // What follows from the cause is mended with it: its own remedies would only mislead.
            console.WriteLine("          follows from the cause above");
            return;
        }

        if (finding.Verdict is Verdict.Fail or Verdict.Warn or Verdict.Unknown)
        {
            foreach (Citation citation in finding.Evidence.Take(4))
            {
                string line = citation.Line is { } number ? $":{number}" : "";
                console.WriteLine($"          seen: {citation.Path}{line}{(citation.Excerpt is { } text ? " = " + text : "")}");
            }

            foreach (Remedy remedy in finding.Remedy)
            {
                console.WriteLine($"          do:   {remedy.Text}{(remedy.Command is { } run ? $"\n                $ {run}" : "")}");
            }
        }
    }

    private static void Gaps(IAnsiConsole console, HostModel model)
    {
        if (model.Gaps.Count == 0)
        {
            return;
        }

        console.WriteLine();
        console.Write(new Text("Could not be seen", new Style(decoration: Decoration.Bold)));
        console.WriteLine();
        foreach (Gap gap in model.Gaps.Take(20))
        {
            console.WriteLine($"  {gap.Path} ({gap.Outcome.ToString().ToLowerInvariant()}): {gap.Why}");
        }

        if (model.Gaps.Count > 20)
        {
            console.WriteLine($"  and {model.Gaps.Count - 20} more (all in --format json)");
        }
    }

    private static IEnumerable<string> Repeated(IReadOnlyList<Finding> findings) => findings
        .Where(finding => finding.Verdict is Verdict.Note or Verdict.Unknown).GroupBy(finding => finding.Message)
        .Where(group => group.Count() > 3).Select(group => group.Key);

    private static bool Matters(Finding finding) => finding.Verdict is Verdict.Fail or Verdict.Warn or Verdict.Unknown or Verdict.Note;

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

    private static string Words(Rung rung) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(rung.ToString());

    private static string Title(Section section) => section switch
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
