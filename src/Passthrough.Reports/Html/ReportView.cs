using System.Globalization;
using Passthrough.Reports.Charts;
using Passthrough.Results;
using Passthrough.Results.Sweeps;

namespace Passthrough.Reports.Html;

/// <summary>The page's content, ready to be written: the slices only place it.</summary>
/// <param name="Title">Title.</param>
/// <param name="Created">Instant in UTC.</param>
/// <param name="Tool">Name and version.</param>
/// <param name="Label">Label above everything; null for none.</param>
/// <param name="LabelReasons">Why, sentences.</param>
/// <param name="Audit">The judgement; null without one.</param>
/// <param name="Comparison">Differences; null without any.</param>
/// <param name="Studies">Documents with their charts.</param>
/// <param name="Forest">Chart of all ratios; null without intervals.</param>
public sealed record ReportView(string Title, string Created, string Tool, string? Label, IReadOnlyList<string> LabelReasons,
    AuditView? Audit, ComparisonDocument? Comparison, IReadOnlyList<StudyView> Studies, Chart? Forest)
{
    /// <summary>The label of results that say nothing of hardware.</summary>
    public const string FunctionalOnly = "functional only: emulated machine";

    /// <summary>Prepares an input.</summary>
    public static ReportView Of(ReportInput input)
    {
        string[] reasons = [.. input.Results.Where(document => document.Machine.Emulated)
            .Select(document => document.Machine.EmulatedReason ?? "The machine or a measured device is emulated.")
            .Append(input.Comparison?.FunctionalOnly).OfType<string>().Distinct()];
        return new ReportView(
            input.Title,
            input.Created.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture),
            $"{input.Tool.Name} {input.Tool.Version}",
            input.Label ?? (reasons.Length > 0 ? FunctionalOnly : null),
            reasons,
            input.Audit is null ? null : AuditView.Of(input.Audit),
            input.Comparison,
            [.. input.Results.Select((document, i) => StudyView.Of(document, i))],
            input.Comparison is null ? null : ForestChart.Draw(input.Comparison.Comparisons, "forest"));
    }
}

/// <summary>One document of runs.</summary>
/// <param name="Id">Anchor.</param>
/// <param name="Document">The document.</param>
/// <param name="Facts">Machine and design, name and value.</param>
/// <param name="Groups">Charts by workload.</param>
/// <param name="Sweeps">Charts of swept parameters.</param>
/// <param name="Cells">Charts of the single cells of the sweeps.</param>
public sealed record StudyView(string Id, ResultsDocument Document, IReadOnlyList<Fact> Facts, IReadOnlyList<GroupView> Groups,
    IReadOnlyList<Chart> Sweeps, IReadOnlyList<GroupView> Cells)
{
    /// <summary>Prepares a document; <paramref name="index"/> keeps the ids of several apart.</summary>
    public static StudyView Of(ResultsDocument document, int index)
    {
        string id = string.Create(CultureInfo.InvariantCulture, $"runs{index + 1}");
        IReadOnlyList<RunGroup> groups = RunGroup.Of(document);
        IReadOnlyList<Sweep> sweeps = Sweep.Of(document);
        HashSet<WorkloadRun> swept = new(sweeps.SelectMany(sweep => sweep.Cells).SelectMany(cell => cell.Runs), ReferenceEqualityComparer.Instance);
        GroupView[] views = [.. groups.Select((group, i) => new GroupView(GroupText.Of(group), group,
            [.. new[]
            {
                RunOrderChart.Draw(group, document.Workloads, string.Create(CultureInfo.InvariantCulture, $"{id}-order{i + 1}")),
                DistributionChart.Draw(group, string.Create(CultureInfo.InvariantCulture, $"{id}-distribution{i + 1}")),
            }.OfType<Chart>()]))];
        return new StudyView(id, document, FactsOf(document), [.. views.Where(view => !IsCell(view.Group))],
            [.. sweeps.GroupBy(sweep => (sweep.Workload, sweep.Metric, sweep.Unit, sweep.Parameter))
                .Select((family, i) => SweepChart.Draw([.. family], string.Create(CultureInfo.InvariantCulture, $"{id}-sweep{i + 1}"), document.Design.Seed))
                .OfType<Chart>()],
            [.. views.Where(view => IsCell(view.Group))]);

        bool IsCell(RunGroup group) => group.Variants.All(variant => variant.Runs.All(swept.Contains));
    }

    private static Fact[] FactsOf(ResultsDocument document)
    {
        MachineSummary machine = document.Machine;
        StudyDesign design = document.Design;
        return
        [
            new("Kernel", machine.Kernel ?? Numbers.Unknown),
            new("Command line", machine.Cmdline ?? Numbers.Unknown),
            new("CPU", $"{machine.CpuModel ?? Numbers.Unknown}; CPUs online: {Numbers.Whole(machine.Cpus)}; NUMA nodes: {Numbers.Whole(machine.Nodes)}"),
            new("Memory", Numbers.Bytes(machine.MemoryBytes)),
            new("IOMMU vendor", machine.IommuVendor ?? Numbers.Unknown),
            new("Clock source", machine.Clocksource ?? Numbers.Unknown),
            new("Lab machine", machine.LabMachine is null ? "no" : $"{machine.LabMachine}, accelerator {machine.Accelerator ?? Numbers.Unknown}"),
            new("Emulated", machine.Emulated ? "yes: " + (machine.EmulatedReason ?? "the machine or a measured device is emulated") : "no"),
            new("Design", string.Create(CultureInfo.InvariantCulture, $"{design.Blocks} blocks, seed {design.Seed}, one observation is one {design.Unit}")),
            new("Measured with", $"{document.Tool.Name} {document.Tool.Version}"),
        ];
    }
}

/// <summary>The charts of one group of runs.</summary>
public sealed record GroupView(string Title, RunGroup Group, IReadOnlyList<Chart> Charts);

/// <summary>A name and what is known of it.</summary>
public sealed record Fact(string Name, string Value);
