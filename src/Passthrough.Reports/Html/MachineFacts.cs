using Passthrough.Diagnosis;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;

namespace Passthrough.Reports.Html;

/// <summary>What a reader wants to know of the machine before the findings.</summary>
internal static class MachineFacts
{
    /// <summary>The facts in order; unknown is said, absent is said.</summary>
    public static IReadOnlyList<Fact> Of(AuditResult audit)
    {
        HostModel model = audit.Model;
        IommuSummary iommu = audit.Iommu;
        return
        [
            new("Evidence", model.Source switch { SourceKind.Live => "this machine, live", SourceKind.Bundle => "a support bundle", _ => "a directory" }),
            new("Judged for", audit.Today.ToString("O", System.Globalization.CultureInfo.InvariantCulture)),
            new("System", $"{Text(model.Dmi.SystemVendor)}, {Text(model.Dmi.ProductName)}"),
            new("Virtual machine", model.IsVirtualMachine switch { true => "yes", false => "no", _ => Numbers.Unknown }),
            new("Kernel", Text(model.Kernel.Release)),
            new("Command line", model.Kernel.CommandLine.IsKnown ? model.Kernel.CommandLine.Value!.Text : Missing(model.Kernel.CommandLine.Outcome)),
            new("CPU", Text(model.Cpu.ModelName)),
            new("Memory", model.Memory.TotalBytes.IsKnown ? Numbers.Bytes(model.Memory.TotalBytes.Value) : Missing(model.Memory.TotalBytes.Outcome)),
            new("NUMA nodes", model.Memory.Nodes.IsKnown ? Numbers.Whole(model.Memory.Nodes.Value!.Count) : Missing(model.Memory.Nodes.Outcome)),
            new("IOMMU", $"{Words.Of(iommu.State, "active", "inactive")}, vendor {iommu.Vendor ?? Numbers.Unknown}, units {Numbers.Whole(iommu.Units)}, groups {Numbers.Whole(iommu.Groups)}"),
            new("Interrupt remapping", Words.Of(iommu.InterruptRemapping, "on", "off")),
        ];
    }

    /// <summary>A text that was read, or how it was not.</summary>
    public static string Text(Reading<string> reading) => reading.IsKnown ? reading.Value! : Missing(reading.Outcome);

    /// <summary>What stands for a value that is not known.</summary>
    public static string Missing(Outcome outcome) => outcome == Outcome.Absent ? "absent" : Numbers.Unknown;
}
