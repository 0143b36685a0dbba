using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Firmware;

/// <summary>FW-012: does firmware's table name every I/O APIC?</summary>
internal sealed class Fw012IoApics : Check
{
    private static readonly Remedy _mend = new("Update the firmware. On AMD the missing entry can be given by hand: ivrs_ioapic[ID]=BUS:DEVICE.FUNCTION on the kernel command line, with the id of the log line and the southbridge's address (most often 00:14.0).");

    public override string Id => "FW-012";
    public override string Title => "Firmware's IOMMU table names every I/O APIC";
    public override Section Section => Section.Firmware;
    public override Severity Severity => Severity.High;

    public override string Explanation =>
        "Interrupt remapping must cover every I/O APIC. If the IVRS table leaves one out, or the southbridge's is not found, the kernel says so with a [Firmware Bug] line and does not remap " +
        "interrupts on the whole machine; VFIO then refuses devices. On Intel the like line is \"ioapic N has no mapping iommu\".";

    public override string Criteria =>
        "Warn: the kernel reported an I/O APIC that no table names (IRQ-001 judges what follows). Pass: a log from the boot on has no such line. Unknown: the log does not reach back to the boot. NotApplicable: no IVRS and no DMAR table.";

    public override IReadOnlyList<string> References => ["drivers/iommu/amd/init.c (check_ioapic_information)", "drivers/iommu/intel/irq_remapping.c (ioapic has no mapping iommu)", "Documentation/admin-guide/kernel-parameters.txt (ivrs_ioapic)"];

    public override IReadOnlyList<Remedy> Remedies => [_mend];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        LogEvent[] lines = model.Log.Content.IsKnown ? [.. model.Log.Content.Value!.Events.Where(item => item.CheckIds.Contains("FW-012"))] : [];
        if (lines.Length > 0)
        {
            yield return Make(Verdict.Warn, "host", $"The kernel found an I/O APIC that firmware's IOMMU table leaves out: {lines[0].Text}", [.. lines.Take(4).Select(item => PlatformEvidence.CiteLog(model, item))], _mend);
        }
        else if (IommuJudgement.HasIvrs(model) == false && IommuJudgement.HasDmar(model) == false)
        {
            yield return Make(Verdict.NotApplicable, "host", "Firmware shows neither an IVRS nor a DMAR table.", [PlatformEvidence.CiteNames(model.Acpi.Names)]);
        }
        else if ((IommuJudgement.HasIvrs(model) is null && IommuJudgement.HasDmar(model) != true) || (IommuJudgement.HasDmar(model) is null && IommuJudgement.HasIvrs(model) != true))
        {
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "Which IOMMU table firmware has", model.Acpi.Names), [PlatformEvidence.CiteNames(model.Acpi.Names)]);
        }
        else if (model.Log.IsComplete)
        {
            yield return Make(Verdict.Pass, "host", "The kernel did not report an I/O APIC that firmware's table leaves out.", [PlatformEvidence.Cite(model.Log.Content, "(no such line)")]);
        }
        else
        {
            yield return Make(Verdict.Unknown, "host", model.Log.Content.IsKnown
                ? "The kernel log does not reach back to the boot, where such a line would stand. Look at the journal (journalctl -k -b) to know."
                : PlatformEvidence.NotSeen(model, "The kernel log", model.Log.Content), [PlatformEvidence.Cite(model.Log.Content.As())]);
        }
    }
}
