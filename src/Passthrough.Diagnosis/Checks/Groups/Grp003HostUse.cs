using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>GRP-003: what else is in the group is not used by the host.</summary>
internal sealed class Grp003HostUse : GroupedCandidateCheck
{
    /// <inheritdoc />
    public override string Id => "GRP-003";

    /// <inheritdoc />
    public override string Title => "The host does not need the rest of the group";

    /// <inheritdoc />
    public override Section Section => Section.Groups;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "A group leaves the host as a whole. If the disk with the root file system, swap, or the interface of the default route shares it, the host loses that when the guest starts, "
        + "and an autostarted guest takes it away at every boot.";

    /// <inheritdoc />
    public override string Criteria =>
        "Fail when another member of the candidate's group is used by the host; warn when that use is only a display. Pass when uses of the host's devices were seen and none is in the group. "
        + "Unknown when the group or the host's use of its devices was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/driver-api/vfio.rst"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Move the device to a slot with a group of its own, or the host's use to another device. An ACS override does not make the isolation real.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device, IommuGroup group)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        PciAddress[] others = [.. group.Devices.Where(address => address != device.Address)];
        PciAddress[] used = [.. others.Where(address => Functions.HostUses(model, address).Count > 0)];
        string named = Quote.List(used.Select(address => $"{address} ({Quote.List(Functions.HostUses(model, address))})"));
        string? unseen = others.Select(address => Functions.UnseenUse(model, address)).OfType<string>().FirstOrDefault();
        if (used.Any(address => !Functions.HostUses(model, address).All(Functions.IsDisplayUse)))
        {
            yield return Make(Verdict.Fail, subject, $"Group {group.Id} of {subject} also holds what the host uses: {named}.", [Members(group)], Remedies);
        }
        else if (unseen is not null)
        {
            yield return Make(Verdict.Unknown, subject, $"{unseen}, so whether the host needs another member of group {group.Id} is not known. "
                + "Run ptdiag on the running machine as root, or look at its disks by hand.", [Members(group)]);
        }
        else if (used.Length > 0)
        {
            yield return Make(Verdict.Warn, subject, $"Group {group.Id} of {subject} also holds the host's display: {named}. The host loses that picture with the group.", [Members(group)], Remedies);
        }
        else if (group.OtherMembers.Count > 0)
        {
            yield return Make(Verdict.Unknown, subject, $"Group {group.Id} also holds {Quote.List(group.OtherMembers)}, which is no PCI function, and what the host uses it for is not known. "
                + "Look at /sys/kernel/iommu_groups on the machine.", [Members(group)]);
        }
        else
        {
            yield return Make(Verdict.Pass, subject, others.Length == 0 ? $"{subject} is alone in group {group.Id}."
                : $"No other member of group {group.Id} is seen in use by the host.", [Members(group)]);
        }
    }
}
