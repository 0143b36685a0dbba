using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Environment;

/// <summary>ENV-003: is the host itself a virtual machine?</summary>
internal sealed class Env003VirtualMachine : Check
{
    private static readonly Remedy _addIommu = new(
        "Give this guest a virtual IOMMU in its hypervisor: QEMU -device intel-iommu,intremap=on (with kernel-irqchip=split), amd-iommu,intremap=on or virtio-iommu-pci; "
        + "libvirt <iommu model='intel'> with <ioapic driver='qemu'/>; Arm: iommu=smmuv3 of the virt machine.");

    public override string Id => "ENV-003";
    public override string Title => "Bare metal or a virtual machine";
    public override Section Section => Section.Environment;
    public override Severity Severity => Severity.Medium;

    public override string Explanation =>
        "Inside a virtual machine the IOMMU, interrupt remapping and posted interrupts are those that the hypervisor offers. Firmware menus do not exist there: " +
        "what is missing must be added to the guest's definition. On Xen the hypervisor owns the IOMMU, and Linux sees none of it.";

    public override string Criteria =>
        "Pass: neither the CPU's hypervisor flag nor DMI nor /sys/hypervisor speaks of a virtual machine. Note: one of them does. Unknown: none could be read.";

    public override IReadOnlyList<string> References =>
        ["Documentation/ABI/stable/sysfs-hypervisor-xen", "QEMU: docs/system/devices (intel-iommu, virtio-iommu)"];

    public override IReadOnlyList<Remedy> Remedies => [_addIommu];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        bool? flag = model.Cpu.HasFlag("hypervisor");
        Citation[] evidence =
        [
            model.Cpu.Flags.IsKnown
                ? PlatformEvidence.Cite(model.Cpu.Flags, flag == true ? "flags: … hypervisor …" : "flags: no hypervisor")
                : PlatformEvidence.Cite(model.Cpu.Flags),
            PlatformEvidence.Cite(model.Dmi.SystemVendor),
            PlatformEvidence.Cite(model.HypervisorType),
        ];

        if (model.HypervisorType is { IsKnown: true, Value: "xen" })
        {
            yield return Make(Verdict.Note, "host",
                "Linux runs on Xen, which keeps the IOMMU for itself: devices are assigned with Xen's own tools (xen-pciback), not with VFIO.", evidence);
        }
        else if (model.IsVirtualMachine is null)
        {
            yield return Make(Verdict.Unknown, "host",
                PlatformEvidence.NotSeen(model, "Whether this is a virtual machine (CPU flags, DMI)", model.Cpu.Flags), evidence);
        }
        else if (model.IsVirtualMachine == false && !model.Cpu.Flags.IsKnown && model.Cpu.Vendor != "arm")
        {
            // The name of the machine alone: a hypervisor may show one of its own, or none.
            yield return Make(Verdict.Unknown, "host",
                PlatformEvidence.NotSeen(model, "Whether the CPU speaks of a hypervisor", model.Cpu.Flags), evidence);
        }
        else if (model.IsVirtualMachine == false)
        {
            yield return Make(Verdict.Pass, "host", "Nothing speaks of a virtual machine.", evidence);
        }
        else
        {
            bool none = IommuJudgement.Of(model).State == TriState.No;
            yield return Make(Verdict.Note, "host",
                none
                    ? "This is a virtual machine without a working IOMMU: its hypervisor must give it one before it can assign devices to guests of its own."
                    : "This is a virtual machine: its IOMMU, interrupt remapping and posted interrupts are what its hypervisor offers.",
                evidence, none ? [_addIommu] : []);
        }
    }
}
