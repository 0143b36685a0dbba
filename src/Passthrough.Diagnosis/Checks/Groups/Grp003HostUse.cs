using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>GRP-003: what else is in the group is not used by the host.</summary>
internal sealed class Grp003HostUse : CandidateCheck
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
        "Fail when another member of the candidate's group is used by the host. Pass when uses of the host's devices were seen and none is in the group. "
        + "Unknown when the group or the host's use of its devices was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/driver-api/vfio.rst"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Move the device to a slot with a group of its own, or the host's use to another device. An ACS override does not make the isolation real.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        IommuGroup? group = model.Iommu.GroupOf(device.Address);
        if (group is null)
        {
            yield return device.IommuGroup.IsAbsent
                ? Make(Verdict.NotApplicable, subject, $"{subject} shows no group (IOM-003 judges that).", [Quote.Of(device.IommuGroup)])
                : Make(Verdict.Unknown, subject, $"The group of {subject} is not known: {Quote.Unseen(device.IommuGroup)}", [Quote.Of(device.IommuGroup)]);
            yield break;
        }

        var members = new Citation($"/sys/kernel/iommu_groups/{group.Id}/devices", null, Quote.List(group.Devices.Select(address => address.ToString()), 12));
        PciAddress[] used = [.. group.Devices.Where(address => address != device.Address && Functions.HostUses(model, address).Count > 0)];
        if (used.Length > 0)
        {
            yield return Make(Verdict.Fail, subject, $"Group {group.Id} of {subject} also holds what the host uses: "
                + $"{Quote.List(used.Select(address => $"{address} ({Quote.List(Functions.HostUses(model, address))})"))}.", [members], Remedies);
        }
        else if (Functions.UnseenUse(model) is { } unseen && group.Devices.Any(address => address != device.Address))
        {
            yield return Make(Verdict.Unknown, subject, $"{unseen}, so whether the host needs another member of group {group.Id} is not known. "
                + "Run ptdiag on the running machine as root, or look at its disks by hand.", [members]);
        }
        else
        {
            yield return Make(Verdict.Pass, subject, group.Devices.Count == 1 ? $"{subject} is alone in group {group.Id}."
                : $"No other member of group {group.Id} is seen in use by the host.", [members]);
        }
    }
}
