using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>A check that judges each candidate together with its group; a candidate without a group does not apply.</summary>
internal abstract class GroupedCandidateCheck : CandidateCheck
{
    /// <inheritdoc />
    protected sealed override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        IommuGroup? group = model.Iommu.GroupOf(device.Address);
        if (group is null)
        {
            return device.IommuGroup.IsAbsent
                ? [Make(Verdict.NotApplicable, subject, $"{subject} shows no group (IOM-003 judges that).", [Quote.Of(device.IommuGroup)])]
                : [Make(Verdict.Unknown, subject, $"The group of {subject} is not known: {Quote.Unseen(device.IommuGroup)}", [Quote.Of(device.IommuGroup)])];
        }

        return group.IsNoIommu
            ? [Make(Verdict.NotApplicable, subject, $"Group {group.Id} was made up without an IOMMU (SEC-002).", [Quote.Of(group.Name)])]
            : Judge(subjects, device, group);
    }

    /// <summary>Judges one candidate in its group.</summary>
    protected abstract IEnumerable<Finding> Judge(Subjects subjects, PciDevice device, IommuGroup group);

    /// <summary>The members of a group as a citation.</summary>
    protected static Citation Members(IommuGroup group) => new($"/sys/kernel/iommu_groups/{group.Id}/devices", null,
        Quote.List([.. group.Devices.Select(address => address.ToString()), .. group.OtherMembers], 12));
}
