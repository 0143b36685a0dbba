using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>SRV-005: a virtual function shares its group with no other function.</summary>
internal sealed class Srv005VfGroups : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "SRV-005";

    /// <inheritdoc />
    public override string Title => "Each virtual function has a group of its own";

    /// <inheritdoc />
    public override Section Section => Section.Sriov;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "Virtual functions are for separate guests. Where the ports above lack ACS, they share a group with their physical function or with each other, and then only one owner can have them all.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when a virtual function is alone in its group, bridges aside. Fail when it shares it with its physical function, warn when with others. Not applicable to other functions. Unknown when the group was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/PCI/pci-iov-howto.rst", "Linux: drivers/iommu/iommu.c"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Put the card into a slot whose ports have ACS (GRP-004 names the hop that lacks it).")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        IommuGroup? group = model.Iommu.GroupOf(device.Address);
        if (device.Sriov.PhysicalFunction is not { } physical)
        {
            bool told = device.Sriov.Total.IsKnown || device.Capabilities.Sriov is not null || device.Driver.IsKnown || device.Driver.IsAbsent;
            yield return told
                ? Make(Verdict.NotApplicable, subject, $"{subject} is no virtual function as far as seen.", [Quote.Of(device.Sriov.Total)])
                : Make(Verdict.Unknown, subject, $"Whether {subject} is a virtual function is not known. Read its physfn link on the machine.", [new Citation(device.Path + "/physfn", null, null)]);
            yield break;
        }

        if (group is null)
        {
            yield return device.IommuGroup.IsAbsent
                ? Make(Verdict.NotApplicable, subject, $"{subject} shows no group (IOM-003 judges that).", [Quote.Of(device.IommuGroup)])
                : Make(Verdict.Unknown, subject, $"The group of {subject} is not known: {Quote.Unseen(device.IommuGroup)}", [Quote.Of(device.IommuGroup)]);
            yield break;
        }

        PciAddress[] others = [.. group.Devices.Where(address => address != device.Address && model.Pci.Find(address) is not { IsPciBridge: true })];
        Citation[] members = [new($"/sys/kernel/iommu_groups/{group.Id}/devices", null, Quote.List(group.Devices.Select(address => address.ToString()), 12))];
        yield return others.Length == 0
            ? Make(Verdict.Pass, subject, $"{subject} is alone in group {group.Id}, bridges aside.", members)
            : others.Contains(physical)
                ? Make(Verdict.Fail, subject, $"{subject} shares group {group.Id} with its physical function {physical}: it cannot be given away while the host keeps that.", members, Remedies)
                : Make(Verdict.Warn, subject, $"{subject} shares group {group.Id} with {Quote.List(others.Select(address => address.ToString()))}: they can only go to one owner.", members, Remedies);
    }
}
