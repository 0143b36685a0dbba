using Passthrough.Host.Acpi;
using Passthrough.Host.Evidence;
using Passthrough.Host.Iommu;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Firmware;

/// <summary>FW-004: does firmware allow interrupt remapping on VT-d?</summary>
internal sealed class Fw004InterruptRemappingFlag : Check
{
    private const ulong InterruptRemappingBit = 1UL << 3;

    public override string Id => "FW-004";
    public override string Title => "Firmware and units support interrupt remapping (VT-d)";
    public override Section Section => Section.Firmware;
    public override Severity Severity => Severity.High;

    public override string Explanation =>
        "The Intel driver remaps interrupts only when bit 0 (INTR_REMAP) of the DMAR table's flags is set and bit 3 (IR) stands in the extended capability register of " +
        "every unit: one weak unit switches it off for all. Without remapping a guest with an assigned device can raise any interrupt on the host, and VFIO refuses.";

    public override string Criteria =>
        "Pass: the flag is set and no unit is known to lack IR, or the log says that remapping was enabled. Fail: the flag is clear or a unit lacks IR. " +
        "NotApplicable: no DMAR table. Unknown: the table cannot be read.";

    public override IReadOnlyList<string> References =>
        ["Intel VT-d specification, 8.1 (DMAR flags) and 11.4.3 (ECAP)", "drivers/iommu/intel/irq_remapping.c"];

    public override IReadOnlyList<Remedy> Remedies => [RemedyFor(false)];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Reading<DmarTable> dmar = model.Acpi.Dmar;
        IommuUnit[] weak = [.. WeakUnits(model)];
        bool intel = IommuJudgement.HasDmar(model) == true || IommuJudgement.RegisteredUnits(model).Any(unit => unit.Vendor == IommuVendor.Intel);
        bool vm = model.IsVirtualMachine == true;
        LogEvent? enabled = PlatformEvidence.LogEvents(model, LogEventKind.InterruptRemappingOn)
            .FirstOrDefault(item => item.Text.Contains("DMAR-IR", StringComparison.Ordinal));

        if (weak.Length > 0)
        {
            yield return Make(Verdict.Fail, "host",
                $"{string.Join(", ", weak.Select(unit => unit.Name))} cannot remap interrupts (ECAP bit 3 is clear), and one such unit switches remapping off for all.",
                [.. weak.Select(unit => PlatformEvidence.Cite(unit.ExtendedCapability, $"{unit.ExtendedCapability.Value:x}"))], RemedyFor(vm));
        }
        else if (dmar.IsKnown && !dmar.Value!.InterruptRemapping)
        {
            yield return Make(Verdict.Fail, "host", "The DMAR table's INTR_REMAP flag is clear: the kernel will not remap interrupts.",
                [PlatformEvidence.Cite(dmar, $"flags 0x{dmar.Value.Flags:x2}")], RemedyFor(vm));
        }
        else if (dmar.IsKnown)
        {
            bool all = IommuJudgement.RegisteredUnits(model) is { Count: > 0 } units && units.All(unit => unit.ExtendedCapability.IsKnown);
            yield return Make(Verdict.Pass, "host", all
                ? "The DMAR table's INTR_REMAP flag is set and every registered unit has IR."
                : "The DMAR table's INTR_REMAP flag is set; the units' own capability was not read.",
                [PlatformEvidence.Cite(dmar, $"flags 0x{dmar.Value!.Flags:x2}")]);
        }
        else if (enabled is not null)
        {
            yield return Make(Verdict.Pass, "host", "The kernel enabled interrupt remapping, which it does only with the DMAR flag set and IR in every unit.",
                [PlatformEvidence.CiteLog(model, enabled)]);
        }
        else if (!intel && (IommuJudgement.HasDmar(model) == false || IommuJudgement.HasIvrs(model) == true || model.Cpu.Vendor == "arm"))
        {
            yield return Make(Verdict.NotApplicable, "host", "There is no DMAR table; this flag is Intel's.", [PlatformEvidence.CiteNames(model.Acpi.Names)]);
        }
        else
        {
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "The DMAR table", dmar), [PlatformEvidence.Cite(dmar)]);
        }
    }

    /// <summary>Intel units whose extended capability register is known and lacks IR.</summary>
    internal static IEnumerable<IommuUnit> WeakUnits(HostModel model) => IommuJudgement.RegisteredUnits(model).Where(unit =>
        unit.Vendor == IommuVendor.Intel && unit.ExtendedCapability is { IsKnown: true } ecap && (ecap.Value & InterruptRemappingBit) == 0);

    /// <summary>What to do where firmware or the hypervisor offers no remapping.</summary>
    internal static Remedy RemedyFor(bool virtualMachine) => new(virtualMachine
        ? "Let the hypervisor offer it: QEMU -device intel-iommu,intremap=on with -machine q35,kernel-irqchip=split; libvirt <iommu model='intel'><driver intremap='on'/></iommu> and <ioapic driver='qemu'/>."
        : "Enable interrupt remapping in firmware setup (\"Interrupt Remapping\" beside VT-d), update firmware, or use a platform whose every unit has it. Do not work around it with allow_unsafe_interrupts.");
}
