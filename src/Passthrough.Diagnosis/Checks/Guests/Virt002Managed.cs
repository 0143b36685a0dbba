using Passthrough.Host.Guests;

namespace Passthrough.Diagnosis.Checks;

/// <summary>VIRT-002: who takes a function from its host driver is settled.</summary>
internal sealed class Virt002Managed : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "VIRT-002";

    /// <inheritdoc />
    public override string Title => "A driver change is arranged for";

    /// <inheritdoc />
    public override Section Section => Section.Guest;

    /// <inheritdoc />
    public override Severity Severity => Severity.Medium;

    /// <inheritdoc />
    public override string Explanation =>
        "With managed='yes' libvirt gives the function to vfio-pci when the guest starts, and Proxmox always does. Without managed libvirt does nothing: the "
        + "function must be on a VFIO driver before, or the guest does not start. What stands in QEMU arguments is invisible to libvirt.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when the function is managed, or on a VFIO driver. Fail when it is not managed and on another driver or none, or managed is neither yes nor no. "
        + "Unknown when it is not managed and its driver was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["libvirt: domain XML format, <hostdev managed>", "libvirt: src/hypervisor/virhostdev.c (virHostdevPreparePCIDevicesImpl)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Set managed='yes' on the <hostdev>, or bind the function to vfio-pci before the guest starts.")];

    /// <inheritdoc />
    protected override void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally)
    {
        foreach (GivenFunction function in GuestFacts.Functions(subjects.Model, definition))
        {
            Citation line = GuestFacts.Cite(guest, function.Source);
            bool isArgument = definition.CommandLineDevices.Contains(function.Source);
            string? managed = function.Source.Managed;
            if (!isArgument && (managed == "yes" || definition.IsProxmox))
            {
                tally.Add(Verdict.Pass, $"{function.Address} is given to vfio-pci when the guest starts.", line);
            }
            else if (managed is not (null or "no"))
            {
                tally.Add(Verdict.Fail, $"managed='{managed}' of {function.Address} is neither yes nor no: libvirt refuses it.", line, Manage);
            }
            else if (function.Device is not { } device)
            {
                tally.Add(subjects.Model.Pci.Devices.IsKnown ? Verdict.NotApplicable : Verdict.Unknown, subjects.Model.Pci.Devices.IsKnown
                    ? $"{function.Address} does not exist (VIRT-001)."
                    : $"The driver of {function.Address} is not known: {Quote.Unseen(subjects.Model.Pci.Devices)}", line);
            }
            else if (device.IsOnVfioDriver)
            {
                tally.Add(Verdict.Pass, $"{Functions.WithDriver(device)} is ready, and nobody needs to rebind it.", line);
            }
            else if (!device.Driver.IsKnown && !device.Driver.IsAbsent)
            {
                tally.Add(Verdict.Unknown, $"The driver of {device.Address} is not known: {Quote.Unseen(device.Driver)}", line);
            }
            else
            {
                tally.Add(Verdict.Fail, $"{Functions.WithDriver(device)} is not on a VFIO driver, and {(isArgument ? "libvirt does not look at what stands in QEMU arguments" : "managed is not yes")}: the guest cannot start.",
                    line, isArgument ? Functions.BindToVfio(subjects.Model, device) : Manage);
            }
        }
    }

    private static Remedy Manage => new("Set managed='yes' on the <hostdev> (virsh edit), or give the function to vfio-pci before the guest starts.");
}
