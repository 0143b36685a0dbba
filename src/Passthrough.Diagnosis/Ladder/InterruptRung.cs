using Passthrough.Diagnosis.Checks;
using Passthrough.Diagnosis.Checks.Firmware;
using Passthrough.Host.Acpi;
using Passthrough.Host.Iommu;
using Passthrough.Host.Logs;

namespace Passthrough.Diagnosis.Ladder;

/// <summary>
/// DMA is translated but interrupts are not remapped. Command line and firmware are told apart by what the units can do:
/// with the token they still show the capability, without firmware's consent they do not.
/// </summary>
internal static class InterruptRung
{
    private const string Refused = "VFIO refuses to assign devices without interrupt remapping";

    /// <summary>Interrupt remapping is known to be off.</summary>
    public static Broken? Look(LadderView view)
    {
        if (view.Iommu.State != TriState.Yes || view.Iommu.InterruptRemapping != TriState.No)
        {
            return null;
        }

        if (view.Parameters?.InterruptRemappingOff is { } token)
        {
            return new Broken(view.Show("CMD-011", "IRQ-001"),
                $"{Refused}, and {token} on the kernel command line switches it off: remove the token and reboot.");
        }

        return view.Iommu.Vendor switch
        {
            "intel" => Intel(view),
            "amd" => Amd(view),
            "virtio" => new Broken("IRQ-001", $"{Refused}, and virtio-iommu has none: give this guest intel-iommu or amd-iommu with intremap=on instead."),
            _ => null,
        } ?? KernelOrUnknown(view);
    }

    private static Broken? Intel(LadderView view)
    {
        IommuUnit[] weak = [.. Fw004InterruptRemappingFlag.WeakUnits(view.Model)];
        bool flagClear = view.Model.Acpi.Dmar is { IsKnown: true } dmar && !dmar.Value!.InterruptRemapping;
        if (weak.Length == 0 && !flagClear)
        {
            return null;
        }

        string what = weak.Length > 0
            ? $"{string.Join(", ", weak.Select(unit => unit.Name))} has no interrupt remapping (ECAP bit 3)"
            : "firmware's DMAR table does not allow it (INTR_REMAP flag)";
        return new Broken(view.Show("FW-004", "IRQ-001"), $"{Refused}, and {what}: " + (view.IsVirtual
            ? "set intremap=on on the guest's intel-iommu device and kernel-irqchip=split on its machine."
            : "enable interrupt remapping beside VT-d in firmware setup, or update firmware."));
    }

    private static Broken? Amd(LadderView view)
    {
        LogEvent? line = PlatformEvidence.LogEvents(view.Model, LogEventKind.FirmwareBug)
            .Concat(PlatformEvidence.LogEvents(view.Model, LogEventKind.InterruptRemappingOff))
            .FirstOrDefault(item => item.Text.Contains("IOAPIC", StringComparison.Ordinal) || item.Text.Contains("AMD-Vi", StringComparison.Ordinal));
        bool unlisted = view.Model.Acpi.Ivrs is { IsKnown: true } ivrs && ivrs.Value!.Hardware.All(HasNoIoApic);
        if (line is null && !unlisted)
        {
            return null;
        }

        string said = line is null ? "the IVRS table names no I/O APIC" : $"the kernel says \"{line.Text}\"";
        return new Broken(view.Show("FW-012", "IRQ-001"), $"{Refused}, and {said}: " + (view.IsVirtual
            ? "set intremap=on on the guest's amd-iommu device."
            : "update firmware so that the IVRS table lists every I/O APIC, or state the missing one with ivrs_ioapic[ID]=BDF on the kernel command line."));
    }

    private static bool HasNoIoApic(IvrsHardwareBlock block) => block.IoApicIds.Count == 0;

    private static Broken KernelOrUnknown(LadderView view) => view.Model.Kernel.Config.Has("IRQ_REMAP") == false
        ? new Broken(view.Show("KRN-005", "IRQ-001"), $"{Refused}, and this kernel was built without it: use one with CONFIG_IRQ_REMAP.")
        : new Broken("IRQ-001", $"{Refused}, and it is off: read the DMAR-IR or AMD-Vi lines of the kernel log for the reason and enable it in "
            + (view.IsVirtual ? "the hypervisor (intremap=on)." : "firmware setup."));
}
