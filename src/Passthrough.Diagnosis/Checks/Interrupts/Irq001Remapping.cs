using Passthrough.Host.Iommu;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>IRQ-001: interrupts are remapped.</summary>
internal sealed class Irq001Remapping : Check
{
    /// <inheritdoc />
    public override string Id => "IRQ-001";

    /// <inheritdoc />
    public override string Title => "Interrupt remapping is on";

    /// <inheritdoc />
    public override Section Section => Section.Interrupts;

    /// <inheritdoc />
    public override Severity Severity => Severity.Critical;

    /// <inheritdoc />
    public override string Explanation =>
        "Without interrupt remapping a guest can make its device write any interrupt message to the host. VFIO then refuses the device with EPERM (\"No interrupt remapping support\"), "
        + "unless allow_unsafe_interrupts is set. With remapping, the chips in /proc/interrupts start with \"IR-\"; that does not depend on how much of the log is left. "
        + "One unit without the capability switches it off for all.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when a line of /proc/interrupts is remapped (or comes through an Arm ITS), or, where the table does not tell, when the log says it was enabled. "
        + "Fail when PCI message or I/O APIC interrupts are there and none is remapped, or the log says that it is off. Else Unknown.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: drivers/iommu/intel/irq_remapping.c", "Linux: drivers/vfio/vfio_iommu_type1.c", "Intel VT-d specification, chapter 5", "AMD I/O Virtualization Technology specification (interrupt remapping)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Switch interrupt remapping on in firmware, and take intremap=off and nointremap off the kernel command line. Do not set allow_unsafe_interrupts instead.")];

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        (TriState state, string seen, IReadOnlyList<Citation> evidence) = IommuFacts.Remapping(model);
        switch (state)
        {
            case TriState.Yes:
                yield return Make(Verdict.Pass, "host", $"Interrupts are remapped: {seen}.", evidence);
                break;
            case TriState.No:
                bool unsafeAllowed = model.Kernel.Modules.Parameter("vfio_iommu_type1", "allow_unsafe_interrupts").Or("") is "Y" or "1";
                string effect = unsafeAllowed ? "VFIO assigns devices all the same, because allow_unsafe_interrupts is set, and a guest can inject interrupts into the host"
                    : "VFIO refuses to assign devices";
                yield return Make(Verdict.Fail, "host", $"Interrupts are not remapped: {seen}. {effect}.", evidence, Mend(model));
                break;
            default:
                yield return Make(Verdict.Unknown, "host", $"Whether interrupts are remapped is not known: {seen}. "
                    + "Read /proc/interrupts on the running machine: with remapping its chips start with \"IR-\".", evidence);
                break;
        }
    }

    private static IReadOnlyList<Remedy> Mend(HostModel model)
    {
        KernelCommandLine? line = model.Kernel.CommandLine.Or(null);
        if (line is not null && (line.Named("nointremap").Any() || line.Options("intremap").Contains("off")))
        {
            return [new Remedy("Take intremap=off and nointremap off the kernel command line in the boot loader's configuration and reboot.")];
        }

        if (IommuFacts.Translation(model) == TriState.No)
        {
            return IommuFacts.SwitchOn(model);
        }

        if (model.IsVirtualMachine == true)
        {
            return [new Remedy("The hypervisor must give its virtual IOMMU interrupt remapping: with QEMU intremap=on and kernel-irqchip=split; with libvirt "
                + "<driver intremap='on'/> and <ioapic driver='qemu'/>. virtio-iommu has none on x86.")];
        }

        // ECAP bit 3 is IR: a unit without it switches remapping off for the whole machine.
        IommuUnit[] weak = [.. model.Iommu.Units.Or([])!.Where(unit => unit.Vendor == IommuVendor.Intel && unit.ExtendedCapability.IsKnown
            && (unit.ExtendedCapability.Value & 8) == 0)];
        if (weak.Length > 0)
        {
            return [new Remedy($"{Quote.List(weak.Select(unit => unit.Name))} cannot remap interrupts (ECAP bit 3), and one such unit switches it off for all: look for a firmware update or another board.")];
        }

        return model.Acpi.Dmar.IsKnown && !model.Acpi.Dmar.Value!.InterruptRemapping
            ? [new Remedy("Firmware's DMAR table does not offer interrupt remapping: switch it on in the firmware setup, or update the firmware.")]
            : [new Remedy("The kernel log says why remapping was not enabled.", "dmesg | grep -i -e 'remapping' -e 'DMAR-IR' -e 'AMD-Vi'")];
    }
}
