using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>SRV-007: who owns the physical function of virtual ones.</summary>
internal sealed class Srv007PhysicalFunctionOwner : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "SRV-007";

    /// <inheritdoc />
    public override string Title => "The physical function stays with the host";

    /// <inheritdoc />
    public override Section Section => Section.Sriov;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "Whoever owns a physical function controls all of its virtual functions. With the physical function on vfio-pci and virtual functions in guests, a guest or a user process stands above the other guests; "
        + "vfio-pci therefore asks both sides for the same token, and makes virtual functions only with enable_sriov.";

    /// <inheritdoc />
    public override string Criteria =>
        "Warn when a physical function with configured virtual functions is on a VFIO driver. Pass otherwise. Not applicable to functions without SR-IOV. Unknown when drivers or the number of virtual functions were not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: drivers/vfio/pci/vfio_pci_core.c (vf_token, enable_sriov)", "Linux: Documentation/PCI/pci-iov-howto.rst"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Leave the physical function with its own driver, and give only virtual functions to guests.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        PciDevice? owner = device.Sriov.PhysicalFunction is { } physical ? model.Pci.Find(physical) : device;
        if (owner is null)
        {
            yield return Make(Verdict.Unknown, subject, $"The physical function {device.Sriov.PhysicalFunction} of {subject} is not in the inventory. Run ptdiag on the machine itself, as root.", [new Citation(device.Path, null, null)]);
            yield break;
        }

        Citation[] evidence = [Quote.Of(owner.Driver), Quote.Of(owner.Sriov.Configured)];
        if (owner.Sriov.Configured.IsAbsent && device.Sriov.PhysicalFunction is null)
        {
            yield return IommuFacts.AbsenceIsFact(model)
                ? Make(Verdict.NotApplicable, subject, $"{subject} has no virtual functions to own.", evidence)
                : Make(Verdict.Unknown, subject, $"Whether {subject} has virtual functions is not known: {Quote.Unseen(owner.Sriov.Configured)}", evidence);
        }
        else if (!owner.Sriov.Configured.IsKnown && device.Sriov.PhysicalFunction is null)
        {
            yield return Make(Verdict.Unknown, subject, $"How many virtual functions {owner.Address} has is not known: {Quote.Unseen(owner.Sriov.Configured)}", evidence);
        }
        else if (!owner.IsOnVfioDriver && !owner.Driver.IsKnown && !owner.Driver.IsAbsent)
        {
            yield return Make(Verdict.Unknown, subject, $"The driver of {owner.Address} is not known: {Quote.Unseen(owner.Driver)}", evidence);
        }
        else if (!owner.IsOnVfioDriver)
        {
            yield return Make(Verdict.Pass, subject, $"{Functions.WithDriver(owner)}, which owns the virtual functions, is on no VFIO driver.", evidence);
        }
        else
        {
            yield return device.Sriov.PhysicalFunction is null && owner.Sriov.Configured.Value == 0
                ? Make(Verdict.Pass, subject, $"{owner.Address} is on a VFIO driver and has no virtual function.", evidence)
                : Make(Verdict.Warn, subject, $"{owner.Address} is on a VFIO driver and has virtual functions: whoever holds it controls them all.", evidence, Remedies);
        }
    }
}
