using Passthrough.Diagnosis.Simulation;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>GRP-002: what else leaves the host when the candidate does.</summary>
internal sealed class Grp002ViabilityAfter : GroupedCandidateCheck
{
    /// <inheritdoc />
    public override string Id => "GRP-002";

    /// <inheritdoc />
    public override string Title => "The device can leave the host alone";

    /// <inheritdoc />
    public override Section Section => Section.Groups;

    /// <inheritdoc />
    public override Severity Severity => Severity.Critical;

    /// <inheritdoc />
    public override string Explanation =>
        "Giving one function to a guest takes others along: what shares its group, its virtual functions, and, where it cannot be reset alone, everything on its bus. "
        + "This check plays it through before anything is changed and names what leaves; \"ptdiag simulate\" shows the whole of it.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when no other function leaves, or only other candidates. Note when others leave that the host does not need. Fail when one of them carries what the host uses. "
        + "Unknown when the group, a driver, the reset or the host's use was not seen.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/driver-api/vfio.rst", "Linux: drivers/vfio/pci/vfio_pci_core.c (hot reset)", "Linux: drivers/iommu/iommu.c (iommu_group_claim_dma_owner)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Move the device to a slot with a group of its own, or the host's use to another device.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device, IommuGroup group)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        SimulationResult result = Simulator.Simulate(model, [device.Address]);
        LeavingFunction[] others = [.. result.Leaving.Where(item => item.Address != device.Address)];
        LeavingFunction[] foreign = [.. others.Where(item => subjects.Candidates.All(candidate => candidate.Address != item.Address))];
        SimulationStop? loss = result.Stops.FirstOrDefault(stop => stop.Kind is StopKind.BootCritical or StopKind.InUse or StopKind.NotViable && stop.Address != device.Address);
        SimulationUnknown? open = result.Unknowns.FirstOrDefault(item => item.Kind is UnknownKind.Group or UnknownKind.Driver or UnknownKind.Reset)
            ?? (others.Length > 0 ? result.Unknowns.FirstOrDefault(item => item.Kind == UnknownKind.Use) : null);
        string names = Quote.List(foreign.Select(item => $"{item.Address} ({Words(item.Reason)})"));
        if ((loss is not null || foreign.Length > 0) && subjects.UnseenCandidates is { } hidden)
        {
            yield return Make(Verdict.Unknown, subject, $"Which functions leave the host with {subject} is not wholly known: {hidden}", [Members(group)]);
        }
        else if (loss is not null)
        {
            yield return Make(Verdict.Fail, subject, $"{subject} cannot leave the host as it is: {loss.Sentence}", [Members(group)], new Remedy(loss.WayOut));
        }
        else if (open is not null)
        {
            yield return Make(Verdict.Unknown, subject, $"What leaves the host with {subject} is not wholly known: {open.Sentence}", [Members(group)]);
        }
        else if (foreign.Length > 0)
        {
            yield return Make(Verdict.Note, subject, $"With {subject} these leave the host too: {names}. The host is not seen to need {(foreign.Length == 1 ? "it" : "them")}.", [Members(group)]);
        }
        else
        {
            yield return Make(Verdict.Pass, subject, others.Length == 0 ? $"{subject} leaves the host alone." : $"With {subject} only other candidates leave: {Quote.List(others.Select(item => item.Address.ToString()))}.", [Members(group)]);
        }
    }

    private static string Words(LeavingReason reason) => reason switch
    {
        LeavingReason.GroupMate => "same group",
        LeavingReason.ResetTogether => "reset together",
        LeavingReason.VirtualFunction => "its virtual function",
        _ => "requested",
    };
}
