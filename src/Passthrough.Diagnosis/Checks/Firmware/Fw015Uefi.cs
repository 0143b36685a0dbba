using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks.Firmware;

/// <summary>FW-015: was the machine booted by UEFI?</summary>
internal sealed class Fw015Uefi : Check
{
    private static readonly Remedy _uefi = new("Switch CSM (legacy boot) off in firmware setup and install the boot loader for UEFI. Back up first: the disk needs an EFI system partition.");

    public override string Id => "FW-015";
    public override string Title => "Booted by UEFI";
    public override Section Section => Section.Firmware;
    public override Severity Severity => Severity.Medium;

    public override string Explanation =>
        "With legacy boot (CSM) many boards give no PCI window above 4 GiB and no resizable BARs, and the boot display is set up by its VGA ROM, which a guest with UEFI firmware cannot use. " +
        "Guests that SeaBIOS or QEMU boots directly have no UEFI, and need none.";

    public override string Criteria =>
        "Pass: booted by UEFI. Warn: booted without it, on hardware, with the profile gpu. Note: booted without it otherwise. Unknown: how it was booted, or which display adapters there are, was not seen.";

    public override IReadOnlyList<string> References => ["Documentation/ABI/testing/sysfs-firmware-efi", "Documentation/arch/x86/x86_64/uefi.rst"];

    public override IReadOnlyList<Remedy> Remedies => [_uefi];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Citation[] evidence = [PlatformEvidence.Cite(model.BootedByUefi)];
        PciDevice? unclear = model.Pci.All.FirstOrDefault(device => device.Class is null);
        if (!model.BootedByUefi.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "How the machine was booted", model.BootedByUefi), evidence);
        }
        else if (model.BootedByUefi.Value)
        {
            yield return Make(Verdict.Pass, "host", "The machine was booted by UEFI.", evidence);
        }
        else if (subjects.Profile != Profile.Gpu)
        {
            yield return Make(Verdict.Note, "host", model.IsVirtualMachine == true
                ? "This virtual machine was not booted by UEFI, which is normal for SeaBIOS and for a kernel that the hypervisor boots directly."
                : "The machine was booted without UEFI. It matters where large BARs or display adapters are to be assigned.", evidence);
        }
        else if (unclear is not null || !model.Pci.Devices.IsKnown || model.IsVirtualMachine is null)
        {
            yield return Make(Verdict.Unknown, "host", "The machine was not booted by UEFI; whether that matters depends on its display adapters, and these were not all seen. Run ptdiag as root on the host itself to know.", evidence);
        }
        else
        {
            yield return subjects.Candidates.Count > 0 && model.IsVirtualMachine == false
                ? Make(Verdict.Warn, "host", "The machine was booted without UEFI and display adapters are to be assigned: large BARs and the card's UEFI ROM may be out of reach.", evidence, _uefi)
                : Make(Verdict.Note, "host", "The machine was booted without UEFI. It matters where large BARs or display adapters of hardware are to be assigned.", evidence);
        }
    }
}
