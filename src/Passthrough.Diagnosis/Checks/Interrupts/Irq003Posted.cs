using Passthrough.Host.Evidence;
using Passthrough.Host.Iommu;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>IRQ-003: interrupts can reach running guests without an exit.</summary>
internal sealed class Irq003Posted : Check
{
    /// <inheritdoc />
    public override string Id => "IRQ-003";

    /// <inheritdoc />
    public override string Title => "Interrupts reach running guests directly";

    /// <inheritdoc />
    public override Section Section => Section.Interrupts;

    /// <inheritdoc />
    public override Severity Severity => Severity.Medium;

    /// <inheritdoc />
    public override string Explanation =>
        "With posted interrupts (Intel) or AVIC with the IOMMU's help (AMD) a device's interrupt reaches a running guest without stopping it. Intel needs the capability in every unit (CAP bit 59), remapping, and enable_apicv of kvm_intel; "
        + "AMD needs avic of kvm_amd. Without it everything works, with an exit for each interrupt. Many client processors do not have it.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when hardware and KVM both offer it. Note when the hardware does not, or it is off by default. Warn when every Intel unit has it and KVM or the command line switches it off. Not applicable without KVM on x86. Unknown when a unit or parameter was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: drivers/iommu/intel/irq_remapping.c", "Linux: arch/x86/kvm/vmx/posted_intr.c", "Linux: arch/x86/kvm/svm/avic.c", "Intel VT-d specification, section 5.2 (interrupt posting)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Load kvm_intel with enable_apicv=Y (the default), take intremap=nopost off the command line; on AMD load kvm_amd with avic=1 where the kernel documents it for this processor.")];

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        ModuleState modules = model.Kernel.Modules;
        bool intel = modules.InSysfs.Contains("kvm_intel");
        bool amd = modules.InSysfs.Contains("kvm_amd");
        if (!intel && !amd)
        {
            yield return (modules.InSysfs.Contains("kernel") || modules.InSysfs.Contains("kvm")) && IommuFacts.AbsenceIsFact(model)
                ? Make(Verdict.NotApplicable, "host", "Neither kvm_intel nor kvm_amd is loaded: no guest of KVM on x86 runs here.", [new Citation("/sys/module", null, null)])
                : Make(Verdict.Unknown, "host", "Whether KVM is loaded is not known. Look at /sys/module on the running machine.", [new Citation("/sys/module", null, null)]);
            yield break;
        }

        Reading<string> parameter = intel ? modules.Parameter("kvm_intel", "enable_apicv") : modules.Parameter("kvm_amd", "avic");
        if (!parameter.IsKnown || parameter.Value is not ("Y" or "1" or "N" or "0"))
        {
            yield return Make(Verdict.Unknown, "host", $"Whether KVM delivers interrupts directly is not known: {parameter.Source} was not read. Look at it on the running machine.", [Quote.Of(parameter)]);
            yield break;
        }

        bool on = parameter.Value is "Y" or "1";
        yield return amd ? JudgeAmd(parameter, on) : JudgeIntel(model, parameter, on);
    }

    private Finding JudgeAmd(Reading<string> parameter, bool on) => on
        ? Make(Verdict.Pass, "host", "kvm_amd has AVIC on: running guests take interrupts without an exit where the IOMMU can deliver them.", [Quote.Of(parameter)])
        : Make(Verdict.Note, "host", "kvm_amd has AVIC off, the default of many kernels: each interrupt of a device costs the guest an exit.", [Quote.Of(parameter)]);

    private Finding JudgeIntel(HostModel model, Reading<string> parameter, bool on)
    {
        Reading<IReadOnlyList<IommuUnit>> units = model.Iommu.Units;
        IommuUnit[] intel = [.. units.Or([])!.Where(unit => unit.Vendor == IommuVendor.Intel)];
        Citation[] evidence = [Quote.Of(parameter), .. intel.Take(8).Select(unit => Quote.Of(unit.Capability))];
        if (!units.IsKnown || intel.Length == 0 || intel.Any(unit => !unit.Capability.IsKnown))
        {
            return Make(Verdict.Unknown, "host", "Whether every IOMMU unit can post interrupts is not known: not every capability register was read. Read intel-iommu/cap of each entry of /sys/class/iommu.",
                [.. evidence, Quote.Of(units) with { Excerpt = null }]);
        }

        // One unit without it switches posting off for all: reading only the first misleads.
        IommuUnit[] without = [.. intel.Where(unit => (unit.Capability.Value & (1UL << 59)) == 0)];
        if (without.Length > 0)
        {
            return Make(Verdict.Note, "host", $"{Quote.List(without.Select(unit => unit.Name))} cannot post interrupts (CAP bit 59), and one such unit switches it off for all: each interrupt of a device costs the guest an exit.", evidence);
        }

        if (!model.Kernel.CommandLine.IsKnown)
        {
            return Make(Verdict.Unknown, "host", "Every unit can post interrupts; whether the command line forbids it is not known. " + Quote.Unseen(model.Kernel.CommandLine), evidence);
        }

        bool forbidden = model.Kernel.CommandLine.Value!.Options("intremap").Any(option => option.StartsWith("nopost", StringComparison.Ordinal));
        return on && !forbidden
            ? Make(Verdict.Pass, "host", "Every unit can post interrupts, and kvm_intel uses APIC virtualisation: running guests take interrupts without an exit.", evidence)
            : Make(Verdict.Warn, "host", $"Every unit can post interrupts, and {(forbidden ? "intremap=nopost" : "enable_apicv=N of kvm_intel")} switches it off: each interrupt of a device costs the guest an exit.", evidence, Remedies);
    }
}
