using Passthrough.Host.Evidence;
using Passthrough.Host.Interrupts;
using Passthrough.Host.Iommu;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>What the model proves about translation and interrupt remapping.</summary>
internal static class IommuFacts
{
    /// <summary>The ACPI tables that describe an IOMMU: Intel, AMD, Arm, virtio.</summary>
    public static IReadOnlyList<string> Tables { get; } = ["DMAR", "IVRS", "IORT", "VIOT"];

    /// <summary>
    /// A path that is absent on a running machine, or was recorded as absent, is a fact. A captured folder may simply lack it.
    /// </summary>
    public static bool AbsenceIsFact(HostModel model) => model.Source != SourceKind.Directory;

    /// <summary>Faults that only a translating IOMMU reports.</summary>
    public static IEnumerable<LogEvent> TranslationFaults(KernelLog log) => log.Content.IsKnown
        ? log.Content.Value!.Faults.Where(item => item.Kind != LogEventKind.InterruptRemapFault)
        : [];

    /// <summary>
    /// Translation: Yes with a group that VFIO did not make up and that has a member, with a unit and groups, or with a fault
    /// in the log. No with none of these and an empty class folder or a log from the boot on. Interrupt remapping alone is No.
    /// </summary>
    public static TriState Translation(HostModel model)
    {
        IommuState iommu = model.Iommu;
        bool unitAndGroup = iommu.Units.Or([])!.Count > 0 && iommu.Groups.Any(group => !group.IsNoIommu);
        if (iommu.RealGroups.Any() || unitAndGroup || TranslationFaults(model.Log).Any())
        {
            return TriState.Yes;
        }

        bool classIsEmpty = (iommu.Units.IsKnown && iommu.Units.Value!.Count == 0) || (iommu.Units.IsAbsent && AbsenceIsFact(model));
        return classIsEmpty || model.Log.IsComplete ? TriState.No : TriState.Unknown;
    }

    /// <summary>
    /// Interrupt remapping, and what shows it. /proc/interrupts decides where it tells: with remapping every I/O APIC and PCI
    /// message interrupt of x86 has a chip that starts with "IR-"; Arm's ITS isolates messages by itself.
    /// </summary>
    public static (TriState State, string Seen, IReadOnlyList<Citation> Evidence) Remapping(HostModel model)
    {
        Reading<InterruptTable> table = model.Interrupts.Table;
        InterruptLine? remapped = model.Interrupts.Lines.FirstOrDefault(line => line.IsRemapped);
        if (remapped is not null)
        {
            int count = model.Interrupts.Lines.Count(line => line.IsRemapped);
            return (TriState.Yes, $"{Quote.Count(count, "line")} of the interrupt table {(count == 1 ? "is" : "are")} remapped, for example "
                + $"interrupt {remapped.Irq} on {remapped.Chip}", [Cite(table, remapped)]);
        }

        if (model.Interrupts.Lines.FirstOrDefault(line => line.Chip.StartsWith("ITS-", StringComparison.Ordinal)) is { } its)
        {
            return (TriState.Yes, $"interrupt {its.Irq} comes through an Arm ITS, which isolates message interrupts per device", [Cite(table, its)]);
        }

        InterruptLine? plain = model.Interrupts.Lines.FirstOrDefault(line => line.Chip.StartsWith("PCI-MSI", StringComparison.Ordinal))
            ?? model.Interrupts.Lines.FirstOrDefault(line => line.Chip.StartsWith("IO-APIC", StringComparison.Ordinal));
        if (plain is not null)
        {
            return (TriState.No, $"no line of the interrupt table is remapped, for example interrupt {plain.Irq} on {plain.Chip}", [Cite(table, plain)]);
        }

        // A log may hold several boots: the last word counts.
        LogEvent? last = model.Log.Content.IsKnown
            ? model.Log.Content.Value!.Events.LastOrDefault(item => item.Kind is LogEventKind.InterruptRemappingOn or LogEventKind.InterruptRemappingOff)
            : null;
        if (last is not null)
        {
            return (last.Kind == LogEventKind.InterruptRemappingOn ? TriState.Yes : TriState.No,
                $"the kernel log says \"{last.Text}\"", [Quote.Of(model.Log, last)]);
        }

        return (TriState.Unknown, table.IsKnown
            ? $"{table.Source} holds no line that tells, and the kernel log has no line about it"
            : $"{table.Source} is {Quote.Outcome(table)}, and the kernel log does not tell", [Quote.Of(table), Quote.Of(model.Log.Content)]);
    }

    /// <summary>The token that switches the IOMMU off for this CPU vendor, or null. In intel_iommu= the last of on and off counts.</summary>
    public static string? SwitchedOffBy(HostModel model)
    {
        if (!model.Kernel.CommandLine.IsKnown)
        {
            return null;
        }

        KernelCommandLine line = model.Kernel.CommandLine.Value!;
        if (line.Options("iommu").Contains("off"))
        {
            return "iommu=off";
        }

        bool intel = model.Cpu.Vendor == "intel" || model.Acpi.Has("DMAR") == true;
        bool amd = model.Cpu.Vendor == "amd" || model.Acpi.Has("IVRS") == true;
        if (intel && line.Options("intel_iommu").LastOrDefault(option => option is "on" or "off") == "off")
        {
            return "intel_iommu=off";
        }

        return amd && line.Options("amd_iommu").Contains("off") ? "amd_iommu=off" : null;
    }

    /// <summary>What to do when no unit registers, by what is known of the machine.</summary>
    public static IReadOnlyList<Remedy> SwitchOn(HostModel model)
    {
        if (SwitchedOffBy(model) is { } token)
        {
            return [new Remedy($"Take \"{token}\" off the kernel command line in the boot loader's configuration and reboot.")];
        }

        bool noTable = model.Acpi.Names.IsKnown && !Tables.Any(name => model.Acpi.Has(name) == true);
        if (model.IsVirtualMachine == true && noTable)
        {
            return [new Remedy("This is a virtual machine: its hypervisor must give it a virtual IOMMU. With libvirt: "
                + "<iommu model='intel'><driver intremap='on' caching_mode='on'/></iommu> with <ioapic driver='qemu'/> on a q35 machine. With QEMU: "
                + "-machine q35,kernel-irqchip=split -device intel-iommu,intremap=on,caching-mode=on. At a cloud provider: take a bare-metal type.")];
        }

        if (noTable)
        {
            return [new Remedy("Switch the IOMMU on in the firmware setup (VT-d on Intel, AMD-Vi or \"IOMMU\" on AMD, SMMU on Arm), save, and boot again. "
                + "It is another switch than the CPU's VT-x or SVM.")];
        }

        if (model.Acpi.Has("DMAR") == true)
        {
            return [new Remedy("Firmware offers VT-d. Add intel_iommu=on to the kernel command line, boot again, and look for entries in /sys/class/iommu; "
                + "if it stays empty, the kernel log says why.", "dmesg | grep -e DMAR -e IOMMU")];
        }

        if (model.Acpi.Has("IVRS") == true)
        {
            return [new Remedy("Firmware offers AMD-Vi, which needs no token (amd_iommu=on does not exist). The kernel log says why the driver gave up.",
                "dmesg | grep -e AMD-Vi -e IVRS")];
        }

        return [new Remedy("Follow the ladder of IOM-004 from the bottom: its first broken rung is what to mend.")];
    }

    private static Citation Cite(Reading<InterruptTable> table, InterruptLine line) =>
        new(table.Source, line.Line, Reading.Shorten($"{line.Irq}: {line.Chip} {line.Action}"));
}
