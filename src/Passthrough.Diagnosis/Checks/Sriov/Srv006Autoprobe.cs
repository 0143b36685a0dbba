using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>SRV-006: the host's drivers leave virtual functions that are meant for guests alone.</summary>
internal sealed class Srv006Autoprobe : Check
{
    /// <inheritdoc />
    public override string Id => "SRV-006";

    /// <inheritdoc />
    public override string Title => "Virtual functions are left to guests";

    /// <inheritdoc />
    public override Section Section => Section.Sriov;

    /// <inheritdoc />
    public override Severity Severity => Severity.Low;

    /// <inheritdoc />
    public override string Explanation =>
        "With sriov_drivers_autoprobe at 1, its value at boot, the kernel offers each new virtual function to the host's own drivers before anybody can bind it to a VFIO driver: "
        + "network interfaces come and go, and a driver that fails on it fills the log. 0 keeps new virtual functions without a driver, except where driver_override names one.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when probing is off, or no virtual function is on a driver of the host. Note when probing is on and a virtual function that is meant for a guest is not on a VFIO driver, or any is on a driver of the host: right where the host itself uses it. "
        + "Not applicable without virtual functions. Unknown when the setting or a driver was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/ABI/testing/sysfs-bus-pci (sriov_drivers_autoprobe)", "Linux: Documentation/PCI/pci-iov-howto.rst"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Where the virtual functions are for guests, write 0 to sriov_drivers_autoprobe of the physical function before sriov_numvfs; it holds until the next boot.")];

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        if (!model.Pci.Devices.IsKnown)
        {
            return [Make(Verdict.Unknown, "host", "The PCI functions could not be listed: " + Quote.Unseen(model.Pci.Devices), [Quote.Of(model.Pci.Devices)])];
        }

        PciDevice[] physical = [.. model.Pci.All.Where(device => device.Sriov.PhysicalFunction is null && !device.Sriov.Configured.IsAbsent
            && (device.Sriov.Configured.IsKnown || device.Sriov.Total.IsKnown))];
        return physical.Length > 0 ? physical.Select(device => Judge(subjects, device))
            : model.Pci.All.All(device => device.Sriov.Configured.IsAbsent || device.Sriov.PhysicalFunction is not null) && IommuFacts.AbsenceIsFact(model)
                ? [Make(Verdict.NotApplicable, "host", "No function shows sriov_numvfs.", [Quote.Of(model.Pci.Devices) with { Excerpt = null }])]
                : [Make(Verdict.Unknown, "host", "Whether a function has virtual functions is not known: not every folder was seen whole. Run ptdiag on the running machine, as root.",
                    [Quote.Of(model.Pci.Devices) with { Excerpt = null }])];
    }

    private Finding Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        Citation[] evidence = [Quote.Of(device.Sriov.Configured), Quote.Of(device.Sriov.DriversAutoprobe)];
        if (!device.Sriov.Configured.IsKnown || !device.Sriov.DriversAutoprobe.IsKnown)
        {
            return Make(Verdict.Unknown, subject, $"Whether the host's drivers are offered the virtual functions of {subject} is not known: "
                + (device.Sriov.Configured.IsKnown ? Quote.Unseen(device.Sriov.DriversAutoprobe) : Quote.Unseen(device.Sriov.Configured)), evidence);
        }

        if (device.Sriov.Configured.Value == 0)
        {
            return Make(Verdict.NotApplicable, subject, $"{subject} has no virtual function now.", evidence);
        }

        if (!device.Sriov.DriversAutoprobe.Value)
        {
            return Make(Verdict.Pass, subject, $"New virtual functions of {subject} are not offered to the host's drivers.", evidence);
        }

        PciAddress[] meant = [.. device.Sriov.VirtualFunctions.Where(address => subjects.Candidates.Any(candidate => candidate.Address == address && !candidate.IsOnVfioDriver))];
        if (meant.Length > 0)
        {
            return Make(Verdict.Note, subject, $"{Quote.List(meant.Select(address => address.ToString()))}, meant for a guest, is on no VFIO driver, and sriov_drivers_autoprobe of {subject} is 1: the host's drivers are offered its virtual functions first.", evidence, Remedies);
        }

        PciDevice[] functions = [.. device.Sriov.VirtualFunctions.Select(model.Pci.Find).OfType<PciDevice>()];
        PciDevice[] taken = [.. functions.Where(item => item.Driver.IsKnown && !item.IsOnVfioDriver)];
        bool isOpen = functions.Length < device.Sriov.Configured.Value || functions.Any(item => !item.Driver.IsKnown && !item.Driver.IsAbsent);
        return taken.Length > 0 && !isOpen
            ? Make(Verdict.Note, subject, $"The host's drivers took {Quote.List(taken.Select(Functions.WithDriver))}: sriov_drivers_autoprobe of {subject} is 1. That is right where the host uses them itself.", evidence, Remedies)
            : isOpen
                ? Make(Verdict.Unknown, subject, $"Not every virtual function of {subject} and its driver was seen. Run ptdiag on the running machine, as root.", evidence)
                : Make(Verdict.Pass, subject, $"No virtual function of {subject} is on a driver of the host.", evidence);
    }
}
