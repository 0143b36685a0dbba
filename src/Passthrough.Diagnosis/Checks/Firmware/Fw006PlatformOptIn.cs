using Passthrough.Host.Acpi;
using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Firmware;

/// <summary>FW-006: does firmware ask for DMA protection from the start?</summary>
internal sealed class Fw006PlatformOptIn : Check
{
    public override string Id => "FW-006";
    public override string Title => "Firmware's request for DMA protection";
    public override Section Section => Section.Firmware;
    public override Severity Severity => Severity.Info;

    public override string Explanation =>
        "A flag of the DMAR table (DMA_CTRL_PLATFORM_OPT_IN) says that firmware kept DMA restricted and asks the operating system to go on so. On a machine with an external port that is not " +
        "trusted the kernel then starts VT-d without intel_iommu=on. It explains an IOMMU that is on although nobody asked for it, and is no error.";

    public override string Criteria => "Note: the flag is set. Pass: it is clear. NotApplicable: no DMAR table. Unknown: the table was not read.";

    public override IReadOnlyList<string> References => ["Intel VT-d specification, 8.1 (DMA_CTRL_PLATFORM_OPT_IN_FLAG)", "drivers/iommu/intel/iommu.c (platform_optin_force_iommu)"];

    public override IReadOnlyList<Remedy> Remedies => [];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Reading<DmarTable> dmar = model.Acpi.Dmar;
        LogEvent? said = PlatformEvidence.LogEvents(model, LogEventKind.IommuDetected).FirstOrDefault(item => item.CheckIds.Contains("FW-006"));
        if (said is not null || (dmar.IsKnown && dmar.Value!.DmaControlOptIn))
        {
            yield return Make(Verdict.Note, "host", "Firmware asks for DMA protection. On a machine with external ports that are not trusted the kernel then starts VT-d by itself.",
                [said is not null ? PlatformEvidence.CiteLog(model, said) : PlatformEvidence.Cite(dmar, $"flags 0x{dmar.Value!.Flags:x2}")]);
        }
        else if (dmar.IsKnown)
        {
            yield return Make(Verdict.Pass, "host", "Firmware does not ask for DMA protection: the kernel's build and command line decide whether VT-d starts.", [PlatformEvidence.Cite(dmar, $"flags 0x{dmar.Value!.Flags:x2}")]);
        }
        else
        {
            yield return IommuJudgement.HasDmar(model) == false
                ? Make(Verdict.NotApplicable, "host", "There is no DMAR table; this flag is Intel's.", [PlatformEvidence.CiteNames(model.Acpi.Names)])
                : Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "The DMAR table", dmar), [PlatformEvidence.Cite(dmar)]);
        }
    }
}
