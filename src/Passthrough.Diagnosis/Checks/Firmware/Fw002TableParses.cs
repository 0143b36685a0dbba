using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Firmware;

/// <summary>FW-002: is the IOMMU table well formed?</summary>
internal sealed class Fw002TableParses : Check
{
    private static readonly Remedy _update = new("Update the firmware; if the newest has the same defect, report it to the board's vendor with the output of \"ptdiag acpi\".");

    public override string Id => "FW-002";
    public override string Title => "DMAR or IVRS table is well formed";
    public override Section Section => Section.Firmware;
    public override Severity Severity => Severity.High;

    public override string Explanation =>
        "The kernel walks the DMAR or IVRS table structure by structure. A length that lies, a wrong checksum or a range outside reserved memory makes it skip units or give up, with lines that " +
        "begin with [Firmware Bug]. Structures of a type not yet known are no defect.";

    public override string Criteria =>
        "Warn: the table does not add up, or the kernel reported a defect of it. Pass: it parses and a log from the boot on holds no complaint. " +
        "Unknown: the table was not read, or the log does not reach back to the boot. NotApplicable: no such table.";

    public override IReadOnlyList<string> References => ["Intel VT-d specification, chapter 8", "AMD I/O Virtualization specification, chapter 5", "drivers/iommu/intel/dmar.c", "drivers/iommu/amd/init.c"];

    public override IReadOnlyList<Remedy> Remedies => [_update];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        string[] problems = [.. model.Acpi.Dmar.IsKnown ? model.Acpi.Dmar.Value!.Problems : [], .. model.Acpi.Ivrs.IsKnown ? model.Acpi.Ivrs.Value!.Problems : []];
        LogEvent[] complaints = [.. PlatformEvidence.LogEvents(model, LogEventKind.FirmwareBug).Where(item => item.Level != "Info" && item.CheckIds.Contains("FW-002"))];
        Reading<string> table = model.Acpi.Dmar.IsKnown ? model.Acpi.Dmar.As() : model.Acpi.Ivrs.IsKnown ? model.Acpi.Ivrs.As()
            : IommuJudgement.HasIvrs(model) == true ? model.Acpi.Ivrs.As() : model.Acpi.Dmar.As();
        bool isKnown = model.Acpi.Dmar.IsKnown || model.Acpi.Ivrs.IsKnown;
        if (problems.Length > 0 || complaints.Length > 0)
        {
            yield return Make(Verdict.Warn, "host", problems.Length > 0
                ? "The table does not add up: " + Quote.List(problems, 4)
                : $"The kernel reports {Quote.Count(complaints.Length, "defect")} of the table: {complaints[0].Text}",
                [.. isKnown ? [new Citation(table.Source, null, null)] : Array.Empty<Citation>(), .. complaints.Take(4).Select(item => PlatformEvidence.CiteLog(model, item))], _update);
        }
        else if (IommuJudgement.HasDmar(model) == false && IommuJudgement.HasIvrs(model) == false)
        {
            yield return Make(Verdict.NotApplicable, "host", "Firmware shows neither a DMAR nor an IVRS table.", [PlatformEvidence.CiteNames(model.Acpi.Names)]);
        }
        else if (!isKnown)
        {
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "The DMAR or IVRS table", table), [PlatformEvidence.Cite(table)]);
        }
        else if (!model.Log.IsComplete)
        {
            yield return Make(Verdict.Unknown, "host", "The table parses; whether the kernel complained of it at boot is not known, because its log was not read or does not reach back so far. "
                + "Run \"ptdiag check\" as root soon after a boot to know.", [new Citation(table.Source, null, null), PlatformEvidence.Cite(model.Log.Content, "(not from the boot on)")]);
        }
        else
        {
            yield return Make(Verdict.Pass, "host", "The table parses, its checksum is right, and the kernel did not complain of it.", [new Citation(table.Source, null, null)]);
        }
    }
}
