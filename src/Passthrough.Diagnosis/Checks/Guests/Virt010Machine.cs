using Passthrough.Host.Guests;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>VIRT-010: the guest offers a PCI Express slot.</summary>
internal sealed class Virt010Machine : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "VIRT-010";

    /// <inheritdoc />
    public override string Title => "PCI Express devices get a PCI Express slot";

    /// <inheritdoc />
    public override Section Section => Section.Guest;

    /// <inheritdoc />
    public override Severity Severity => Severity.Low;

    /// <inheritdoc />
    public override string Explanation =>
        "On an i440fx machine, and directly on bus 0 of q35, a PCI Express device looks like a conventional one or like a part of the chipset: its extended "
        + "configuration space, and with it some drivers' features, are out of reach. Behind a root port of q35 it looks as on a real board. Addresses such as "
        + "bus 0, slot 5 are a habit of i440fx.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass on q35 behind a root port, or with an address that libvirt chooses there, and on other architectures' PCI Express machines. Note on i440fx, "
        + "without a machine type, and on bus 0 of q35.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["QEMU: docs/pcie.txt", "libvirt: docs/pci-addresses.rst", "Proxmox VE: PCI(e) Passthrough"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Prefer a q35 machine for new guests, and let libvirt choose the address (leave <address> out); changing an installed guest may upset its system.")];

    /// <inheritdoc />
    protected override void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally)
    {
        Citation line = GuestFacts.Cite(guest, $"machine {definition.Machine ?? "not stated"}");
        if (definition.Architecture is not (null or "x86_64" or "i686"))
        {
            tally.Add(Verdict.Pass, $"The machine is of architecture {definition.Architecture}.", line);
        }
        else if (definition.IsQ35 != true)
        {
            tally.Add(Verdict.Note, definition.Machine is null ? "No machine type is stated; libvirt then takes i440fx, whose slots are conventional PCI."
                : $"The machine is {definition.Machine}, not q35; i440fx offers conventional PCI slots only.", line);
        }

        foreach (GuestDevice device in definition.IsQ35 == true ? definition.Devices : [])
        {
            bool isOnRoot = PciAddress.TryParse(device.GuestAddress, out PciAddress inside) && inside.Bus == 0;
            tally.Add(isOnRoot ? Verdict.Note : Verdict.Pass, isOnRoot
                ? $"{device.Address} stands at {device.GuestAddress} in the guest, directly on the root bus and not behind a root port."
                : $"The guest is a q35 machine, and {device.Address} is not put on its root bus.", GuestFacts.Cite(guest, device));
        }
    }
}
