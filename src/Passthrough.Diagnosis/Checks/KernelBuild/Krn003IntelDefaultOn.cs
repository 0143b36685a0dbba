using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.KernelBuild;

/// <summary>KRN-003: does this kernel start VT-d by itself?</summary>
internal sealed class Krn003IntelDefaultOn : Check
{
    public override string Id => "KRN-003";
    public override string Title => "Whether this kernel starts VT-d by itself";
    public override Section Section => Section.KernelBuild;
    public override Severity Severity => Severity.Info;

    public override string Explanation =>
        "CONFIG_INTEL_IOMMU_DEFAULT_ON decides whether VT-d starts without intel_iommu=on. Upstream leaves it off; Ubuntu since its 6.8 kernels, Proxmox VE since 6.8 and others switch it on, and " +
        "Debian starts VT-d for all but integrated graphics (CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF). Demanding the token everywhere is therefore wrong.";

    public override string Criteria => "Note: what the build says. NotApplicable: the machine has no DMAR table. Unknown: the configuration or the tables were not seen.";

    public override IReadOnlyList<string> References => ["drivers/iommu/intel/Kconfig (INTEL_IOMMU_DEFAULT_ON)", "canonical/checkbox", "Proxmox VE documentation, PCI(e) passthrough"];

    public override IReadOnlyList<Remedy> Remedies => [];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        bool? dmar = IommuJudgement.HasDmar(model);
        if (dmar == false)
        {
            yield return Make(Verdict.NotApplicable, "host", "This machine has no VT-d: there is no DMAR table.", [PlatformEvidence.CiteNames(model.Acpi.Names)]);
        }
        else if (dmar is null || !model.Kernel.Config.Values.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host", dmar is null ? PlatformEvidence.NotSeen(model, "Whether this machine has VT-d", model.Acpi.Names)
                : PlatformEvidence.NotSeen(model, "The kernel's build configuration", model.Kernel.Config.Values), [PlatformEvidence.Cite(model.Kernel.Config.Values.As())]);
        }
        else
        {
            bool on = model.Kernel.Config["INTEL_IOMMU_DEFAULT_ON"] == "y";
            bool but = model.Kernel.Config["INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF"] == "y";
            yield return Make(Verdict.Note, "host", on ? "This kernel starts VT-d by itself: intel_iommu=on is not needed."
                : but ? "This kernel starts VT-d by itself for all but integrated graphics; intel_iommu=on adds those."
                : "This kernel starts VT-d only with intel_iommu=on, or where firmware asks for it.",
                [PlatformEvidence.Cite(model.Kernel.Config.Values, but ? "CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF=y" : $"CONFIG_INTEL_IOMMU_DEFAULT_ON={(on ? "y" : "n")}")]);
        }
    }
}
