using Passthrough.Host.Guests;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>VIRT-001: the functions that a guest is given exist and can be assigned.</summary>
internal sealed class Virt001Addresses : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "VIRT-001";

    /// <inheritdoc />
    public override string Title => "The functions a guest is given exist";

    /// <inheritdoc />
    public override Section Section => Section.Guest;

    /// <inheritdoc />
    public override Severity Severity => Severity.Critical;

    /// <inheritdoc />
    public override string Explanation =>
        "A definition names a function by its PCI address, and addresses change: a card that is added, moved or removed, or a firmware update, renumbers buses. "
        + "Then the guest does not start, or gets another device than was meant. A definition does not say which device it means, so the finding names what is "
        + "there now: compare it.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when each address has a function; what it is stands in the message. Fail when one is missing, is a bridge, or is given as a network interface and "
        + "is none, or an element names no address. Unknown when functions or their class were not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["libvirt: domain XML format, <hostdev> and <interface type='hostdev'>", "libvirt: src/hypervisor/virhostdev.c", "Proxmox VE: qm.conf(5), hostpci"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Look up the address of the device you mean (ptdiag devices lists them) and write it into the definition.")];

    /// <inheritdoc />
    protected override void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally)
    {
        foreach (string problem in definition.Problems.Where(IsAboutFunction))
        {
            bool isMapping = problem.Contains("mapping", StringComparison.Ordinal);
            tally.Add(isMapping ? Verdict.Unknown : Verdict.Fail, isMapping ? $"{guest.Path}, {problem}. Look into the cluster's resource mappings." : $"{guest.Path}, {problem}.",
                GuestFacts.Cite(guest, problem));
        }

        PciInventory inventory = subjects.Model.Pci;
        foreach (GivenFunction function in GuestFacts.Functions(subjects.Model, definition))
        {
            Citation line = GuestFacts.Cite(guest, function.Source);
            bool isInterface = definition.HostInterfaces.Contains(function.Source);
            if (function.Device is not { } device)
            {
                tally.Add(inventory.Devices.IsKnown ? Verdict.Fail : Verdict.Unknown, inventory.Devices.IsKnown
                    ? $"There is no PCI function {function.Address} on this machine."
                    : $"Whether {function.Address} exists is not known: {Quote.Unseen(inventory.Devices)}", line, inventory.Devices.IsKnown ? Find : null);
            }
            else if (device.Class is not { } code)
            {
                tally.Add(Verdict.Unknown, $"What {device.Address} is was not seen: {Quote.Unseen(device.ClassCode)}", line);
            }
            else if (device.IsPciBridge)
            {
                tally.Add(Verdict.Fail, $"{device.Address} is a bridge or port, which cannot be assigned.", line, Find);
            }
            else if (isInterface && code >> 8 != 0x02)
            {
                tally.Add(Verdict.Fail, $"{device.Address} is given as a network interface, but it is {Describe(device)}.", line, Find);
            }
            else
            {
                tally.Add(Verdict.Pass, $"{device.Address} is {Describe(device)}.", line);
            }
        }
    }

    private static Remedy Find => new("Look up the address of the device you mean and write it into the definition. A virtual function appears only after it was created (sriov_numvfs).", "ptdiag devices");

    /// <summary>The problem is about a function that is given.</summary>
    internal static bool IsAboutFunction(string problem) =>
        problem.Contains("no PCI function of the host", StringComparison.Ordinal) || problem.Contains("the mapping ", StringComparison.Ordinal);

    private static string Describe(PciDevice device)
    {
        string name = device.VendorName is null && device.DeviceName is null ? "" : $"{device.VendorName} {device.DeviceName} ".TrimStart();
        string ids = device.VendorId.IsKnown && device.DeviceId.IsKnown ? FormattableString.Invariant($"[{device.VendorId.Value:x4}:{device.DeviceId.Value:x4}], ") : "";
        return FormattableString.Invariant($"{name}{ids}class {device.Class:x4}");
    }
}
