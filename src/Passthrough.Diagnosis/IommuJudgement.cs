using Passthrough.Host.Acpi;
using Passthrough.Host.Interrupts;
using Passthrough.Host.Iommu;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis;

/// <summary>Is the IOMMU translating, whose is it, and are interrupts remapped? The rules of the findings document.</summary>
public static class IommuJudgement
{
    /// <summary>Judges the model.</summary>
    public static IommuSummary Of(HostModel model)
    {
        TriState state = State(model);
        return new IommuSummary(state, Vendor(model, state), Units(model), Groups(model), InterruptRemapping(model));
    }

    /// <summary>
    /// True when a DMAR, IVRS, VIOT or IORT table is known to be there, false when the tables are visible and none of
    /// these is among them. The presence of FACP proves that the listing is not masked, as it is inside containers.
    /// </summary>
    public static bool? HasIommuTable(HostModel model)
    {
        AcpiTables acpi = model.Acpi;
        if (HasDmar(model) == true || HasIvrs(model) == true || acpi.Has("VIOT") == true || acpi.Has("IORT") == true)
        {
            return true;
        }

        return acpi.Has("FACP") == true ? false : null;
    }

    /// <summary>A DMAR table: in the listing, parsed, or its units ("DRHD base") in the kernel log.</summary>
    public static bool? HasDmar(HostModel model) => Has(model, "DMAR",
        model.Acpi.Dmar.IsKnown || (model.Log.Content.IsKnown && model.Log.Content.Value!.Drhd.Count > 0));

    /// <summary>An IVRS table: in the listing, parsed, or its units in the kernel log.</summary>
    public static bool? HasIvrs(HostModel model) => Has(model, "IVRS",
        model.Acpi.Ivrs.IsKnown || (model.Log.Content.IsKnown && model.Log.Content.Value!.AmdUnits.Count > 0));

    /// <summary>The units that registered; empty also when they could not be read.</summary>
    public static IReadOnlyList<IommuUnit> RegisteredUnits(HostModel model) => model.Iommu.Units.Or([])!;

    /// <summary>/sys/class/iommu was read and holds nothing.</summary>
    public static bool NoUnitRegistered(HostModel model) => model.Iommu.Units.IsKnown && model.Iommu.Units.Value!.Count == 0;

    private static bool? Has(HostModel model, string table, bool seenElsewhere) =>
        seenElsewhere || model.Acpi.Has(table) == true ? true
        : model.Acpi.Has("FACP") == true ? false
        : null;

    private static TriState State(HostModel model)
    {
        // A translation fault is the IOMMU at work. Interrupt remapping is no sign of translation: DRHD lines and
        // "DMAR-IR: Enabled" stand in the log of machines whose translation is off.
        bool fault = model.Log.Content.IsKnown && model.Log.Content.Value!.Events.Any(item =>
            item.Kind is LogEventKind.DmarFault or LogEventKind.AmdEvent or LogEventKind.SmmuFault);
        bool groups = model.Iommu.Groups.Any(group => !group.IsNoIommu);
        if (model.Iommu.RealGroups.Any() || (groups && RegisteredUnits(model).Count > 0) || fault)
        {
            return TriState.Yes;
        }

        if (NoUnitRegistered(model))
        {
            return TriState.No;
        }

        // Without any look at sysfs the log decides: each assignment to a group is a line of it (a noiommu group too,
        // but that one also taints the kernel).
        if (model.Log.Content.IsKnown && model.Log.Content.Value!.Groups.Count > 0)
        {
            return model.Log.Content.Value.Of(LogEventKind.NoIommuTaint).Any() ? TriState.Unknown : TriState.Yes;
        }

        return model.Log.IsComplete && RegisteredUnits(model).Count == 0 ? TriState.No : TriState.Unknown;
    }

    private static string? Vendor(HostModel model, TriState state)
    {
        IommuVendor unit = RegisteredUnits(model).Select(item => item.Vendor).FirstOrDefault(vendor => vendor != IommuVendor.Unknown);
        if (unit != IommuVendor.Unknown)
        {
            return unit switch
            {
                IommuVendor.Intel => "intel",
                IommuVendor.Amd => "amd",
                IommuVendor.Arm => "arm",
                _ => "virtio",
            };
        }

        return HasDmar(model) == true ? "intel"
            : HasIvrs(model) == true ? "amd"
            : model.Acpi.Has("VIOT") == true ? "virtio"
            : model.Acpi.Has("IORT") == true ? "arm"
            : state == TriState.No && HasIommuTable(model) == false ? "none"
            : null;
    }

    private static int? Units(HostModel model) => model.Iommu.Units.IsKnown ? model.Iommu.Units.Value!.Count : null;

    private static int? Groups(HostModel model) => model.Iommu.GroupFolder.IsKnown || model.Iommu.Groups.Count > 0
        ? model.Iommu.RealGroups.Count()
        : null;

    private static TriState InterruptRemapping(HostModel model)
    {
        IReadOnlyList<InterruptLine> lines = model.Interrupts.Lines;
        if (lines.Any(line => line.IsRemapped)
            || (model.Log.Content.IsKnown && model.Log.Content.Value!.Of(LogEventKind.InterruptRemappingOn).Any()))
        {
            return TriState.Yes;
        }

        // A table without any line that could be remapped (Arm, Xen, a cut excerpt) says nothing.
        return lines.Any(IsRemappable) ? TriState.No : TriState.Unknown;
    }

    private static bool IsRemappable(InterruptLine line) =>
        line.Chip.StartsWith("PCI-MSI", StringComparison.Ordinal) || line.Chip.StartsWith("IO-APIC", StringComparison.Ordinal);
}
