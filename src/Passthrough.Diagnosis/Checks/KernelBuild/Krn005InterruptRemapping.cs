using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.KernelBuild;

/// <summary>KRN-005: can this kernel remap interrupts?</summary>
internal sealed class Krn005InterruptRemapping : Check
{
    private static readonly Remedy _kernel = new("Boot a kernel with CONFIG_IRQ_REMAP=y and CONFIG_X86_X2APIC=y; those of all general distributions have them.");

    public override string Id => "KRN-005";
    public override string Title => "Kernel is built for interrupt remapping";
    public override Section Section => Section.KernelBuild;
    public override Severity Severity => Severity.High;

    public override string Explanation =>
        "On x86 CONFIG_IRQ_REMAP lets the IOMMU check message interrupts. Without it VFIO refuses devices, or hands them out with interrupts that a guest can forge. CONFIG_X86_X2APIC is needed for " +
        "CPUs with APIC numbers of 255 and more, and for some ways of remapping.";

    public override string Criteria =>
        "Fail: IRQ_REMAP is off. Note: IRQ_REMAP is on and X86_X2APIC is off. Pass: both are on. NotApplicable: no x86. Unknown: the configuration was not seen.";

    public override IReadOnlyList<string> References => ["drivers/iommu/Kconfig (IRQ_REMAP)", "arch/x86/Kconfig (X86_X2APIC)"];

    public override IReadOnlyList<Remedy> Remedies => [_kernel];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        KernelConfig config = model.Kernel.Config;
        if (config.Values.IsKnown && config["X86"] != "y" && config["X86_64"] != "y" && config["IRQ_REMAP"] != "y")
        {
            // A cut configuration may lack the line for x86; the CPU tells.
            yield return model.Cpu.Vendor == "arm"
                ? Make(Verdict.NotApplicable, "host", "Interrupt remapping of this kind is x86's; Arm's ITS isolates message interrupts by itself.", [PlatformEvidence.Cite(model.Cpu.VendorId)])
                : model.Cpu.Vendor is "intel" or "amd"
                ? Make(Verdict.Fail, "host", "This kernel was built without IRQ_REMAP: interrupts of assigned devices cannot be isolated.", [PlatformEvidence.Cite(config.Values, "CONFIG_IRQ_REMAP is not set")], _kernel)
                : Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "Whether this is an x86 machine", model.Cpu.VendorId), [PlatformEvidence.Cite(model.Cpu.VendorId)]);
        }
        else if (!config.Values.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "The kernel's build configuration", config.Values), [PlatformEvidence.Cite(config.Values.As())]);
        }
        else if (config["IRQ_REMAP"] != "y")
        {
            yield return Make(Verdict.Fail, "host", "This kernel was built without IRQ_REMAP: interrupts of assigned devices cannot be isolated.", [PlatformEvidence.Cite(config.Values, "CONFIG_IRQ_REMAP is not set")], _kernel);
        }
        else if (config["X86_X2APIC"] != "y")
        {
            yield return Make(Verdict.Note, "host", "This kernel can remap interrupts; without X86_X2APIC it cannot use CPUs with APIC numbers of 255 and more.", [PlatformEvidence.Cite(config.Values, "CONFIG_X86_X2APIC is not set")]);
        }
        else
        {
            yield return Make(Verdict.Pass, "host", "This kernel is built for interrupt remapping and x2APIC.", [PlatformEvidence.Cite(config.Values, "CONFIG_IRQ_REMAP=y CONFIG_X86_X2APIC=y")]);
        }
    }
}
