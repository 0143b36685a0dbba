using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>SRV-002: configured virtual functions are there.</summary>
internal sealed class Srv002Configured : Check
{
    /// <inheritdoc />
    public override string Id => "SRV-002";

    /// <inheritdoc />
    public override string Title => "Configured virtual functions are there";

    /// <inheritdoc />
    public override Section Section => Section.Sriov;

    /// <inheritdoc />
    public override Severity Severity => Severity.Medium;

    /// <inheritdoc />
    public override string Explanation =>
        "sriov_numvfs says how many virtual functions were switched on, and each shows as a link virtfnN and as a function of its own. The number is gone after a reboot unless udev or a service writes it again, "
        + "and it must go to 0 before another one is written. What was planned, the machine does not know: compare the number with your plan.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when as many virtual functions are seen as are configured. Note when none is configured. Not applicable without SR-IOV. Unknown when the number was not read, or fewer are seen than configured.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/PCI/pci-iov-howto.rst", "Linux: Documentation/ABI/testing/sysfs-bus-pci (sriov_numvfs)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Write 0 and then the wanted number to sriov_numvfs of the physical function, while no guest uses one; the kernel log says why when it refuses.")];

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        if (!model.Pci.Devices.IsKnown)
        {
            return [Make(Verdict.Unknown, "host", "The PCI functions could not be listed: " + Quote.Unseen(model.Pci.Devices), [Quote.Of(model.Pci.Devices)])];
        }

        PciDevice[] physical = [.. model.Pci.All.Where(device => device.Sriov.PhysicalFunction is null && !device.Sriov.Configured.IsAbsent
            && (device.Sriov.Configured.IsKnown || device.Sriov.Total.IsKnown || device.Capabilities.Sriov == true || subjects.Candidates.Contains(device)))];
        return physical.Length > 0
            ? physical.Select(device => Judge(model, device))
            : [model.Pci.All.All(device => device.Sriov.Configured.IsAbsent || device.Sriov.PhysicalFunction is not null) && IommuFacts.AbsenceIsFact(model)
                ? Make(Verdict.NotApplicable, "host", "No function shows sriov_numvfs.", [Quote.Of(model.Pci.Devices) with { Excerpt = null }])
                : Make(Verdict.Unknown, "host", "Whether a function has virtual functions is not known: not every folder was seen whole. Run ptdiag on the running machine, as root.", [Quote.Of(model.Pci.Devices) with { Excerpt = null }])];
    }

    private Finding Judge(HostModel model, PciDevice device)
    {
        string subject = device.Address.ToString();
        Reading<long> configured = device.Sriov.Configured;
        if (!configured.IsKnown)
        {
            return Make(Verdict.Unknown, subject, $"How many virtual functions of {subject} are configured is not known: {Quote.Unseen(configured)}", [Quote.Of(configured)]);
        }

        int seen = device.Sriov.VirtualFunctions.Count(address => model.Pci.Find(address) is not null);
        return configured.Value == 0
            ? Make(Verdict.Note, subject, $"{subject} can offer virtual functions, and none is configured.", [Quote.Of(configured), Quote.Of(device.Sriov.Total)])
            : seen == configured.Value
                ? Make(Verdict.Pass, subject, $"{Quote.Count(configured.Value, "virtual function")} of {subject} {(configured.Value == 1 ? "is" : "are")} configured and there.", [Quote.Of(configured)])
                : Make(Verdict.Unknown, subject, FormattableString.Invariant($"{configured.Value} virtual functions of {subject} are configured, and {seen} could be seen. Look at its virtfn links on the machine."), [Quote.Of(configured)]);
    }
}
