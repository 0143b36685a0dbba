using Passthrough.Host.Acpi;
using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Firmware;

/// <summary>FW-005: does firmware ask the kernel not to use x2APIC?</summary>
internal sealed class Fw005X2ApicOptOut : Check
{
    private static readonly Remedy _allow = new("Switch \"x2APIC opt-out\" off (or x2APIC on) in firmware setup. intremap=no_x2apic_optout overrules firmware, as a test.");

    public override string Id => "FW-005";
    public override string Title => "Firmware does not ask to leave x2APIC off";
    public override Section Section => Section.Firmware;
    public override Severity Severity => Severity.Medium;

    public override string Explanation =>
        "A flag of the DMAR table asks the operating system not to use x2APIC. It is a request of the firmware and no error, and interrupt remapping works without x2APIC. But CPUs whose APIC " +
        "number is 255 or more can only be used with it, so on large machines the request costs CPUs.";

    public override string Criteria =>
        "Pass: the flag is clear. Note: it is set, on a machine with fewer than 255 CPUs in use. Warn: it is set and 255 or more CPUs are in use. NotApplicable: no DMAR table. Unknown: the table or the CPUs were not seen.";

    public override IReadOnlyList<string> References => ["Intel VT-d specification, 8.1 (X2APIC_OPT_OUT)", "drivers/iommu/intel/irq_remapping.c (intel_prepare_irq_remapping)", "tinkerbell/hook PR #146"];

    public override IReadOnlyList<Remedy> Remedies => [_allow];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Reading<DmarTable> dmar = model.Acpi.Dmar;
        LogEvent? said = PlatformEvidence.LogEvents(model, LogEventKind.X2Apic).FirstOrDefault(item => item.Text.Contains("opt out bit", StringComparison.Ordinal));
        bool? isSet = said is not null ? true : dmar.IsKnown ? dmar.Value!.X2ApicOptOut : null;
        Citation evidence = said is not null ? PlatformEvidence.CiteLog(model, said)
            : dmar.IsKnown ? PlatformEvidence.Cite(dmar, $"flags 0x{dmar.Value!.Flags:x2}") : PlatformEvidence.Cite(dmar);
        if (isSet is null)
        {
            yield return IommuJudgement.HasDmar(model) == false
                ? Make(Verdict.NotApplicable, "host", "There is no DMAR table; this flag is Intel's.", [PlatformEvidence.CiteNames(model.Acpi.Names)])
                : Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "The DMAR table", dmar), [evidence]);
        }
        else if (isSet == false)
        {
            yield return Make(Verdict.Pass, "host", "Firmware does not ask to leave x2APIC off.", [evidence]);
        }
        else if (!model.Cpu.Processors.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "Firmware asks to leave x2APIC off; how many CPUs that concerns", model.Cpu.Processors), [evidence]);
        }
        else if (model.Cpu.Processors.Value >= 255)
        {
            yield return Make(Verdict.Warn, "host", $"Firmware asks to leave x2APIC off on a machine with {model.Cpu.Processors.Value} CPUs in use: CPUs with higher APIC numbers cannot be used.", [evidence], _allow);
        }
        else
        {
            yield return Make(Verdict.Note, "host", "Firmware asks to leave x2APIC off. It is a request, not an error: interrupt remapping works without x2APIC.", [evidence]);
        }
    }
}
