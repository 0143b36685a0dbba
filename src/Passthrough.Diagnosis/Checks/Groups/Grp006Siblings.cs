using Passthrough.Diagnosis.Grouping;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>GRP-006: functions of one device that share a group must be assigned together.</summary>
internal sealed class Grp006Siblings : GroupedCandidateCheck
{
    /// <inheritdoc />
    public override string Id => "GRP-006";

    /// <inheritdoc />
    public override string Title => "Functions of one device move together";

    /// <inheritdoc />
    public override Section Section => Section.Groups;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "Functions of one device can reach each other inside it, past the IOMMU, unless they have Access Control Services (or the kernel knows that the device isolates them). "
        + "The kernel then puts them into one group: a graphics card with its audio, USB and UCSI functions goes to one guest as a whole.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when no sibling shares the candidate's group. Note when siblings share it and each is a candidate, on a VFIO driver or without one. Warn when a sibling in the group "
        + "is still on another driver. Unknown when the group was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: Documentation/driver-api/vfio.rst", "Linux: drivers/iommu/iommu.c (get_pci_function_alias_group)", "PCI Express Base specification, section 6.12 (ACS)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Assign every function of the device that is in the group, or none.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device, IommuGroup group)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        PciAddress[] siblings = [.. group.Devices.Where(address => address != device.Address && address.IsSameSlot(device.Address))];
        Citation members = Members(group);
        if (siblings.Length == 0)
        {
            // Functions of one device in groups of their own are isolated: by ACS, or because the kernel knows the device.
            PciAddress[] apart = [.. model.Pci.All.Select(other => other.Address).Where(address => address != device.Address && address.IsSameSlot(device.Address))];
            yield return Make(Verdict.Pass, subject, apart.Length == 0 || apart.Any(address => GroupPrediction.Of(model).AreTogether(address, device.Address) != false)
                ? $"No other function of the device is in group {group.Id}."
                : $"No other function of the device is in group {group.Id}: {Quote.List(apart.Select(address => address.ToString()))} can go to other guests.", [members]);
            yield break;
        }

        PciDevice[] left = [.. siblings.Select(model.Pci.Find).OfType<PciDevice>()
            .Where(sibling => GroupMember.Blocks(sibling) == true && !subjects.Candidates.Contains(sibling))];
        string[] unseen = [.. siblings.Where(address => model.Pci.Find(address) is not { } sibling || (GroupMember.Blocks(sibling) is null && !subjects.Candidates.Contains(sibling)))
            .Select(address => address.ToString())];
        string names = Quote.List(siblings.Select(address => address.ToString()));
        GroupJoin? join = GroupPrediction.Of(model).Joins.FirstOrDefault(item => item.Member == device.Address && item.Reason == JoinReason.Siblings);
        string acs = join is null ? device.Capabilities.Acs == false ? $" {subject} has no ACS capability." : "" : $" {char.ToUpperInvariant(join.Sentence[0])}{join.Sentence[1..]}.";
        if (left.Length == 0 ? unseen.Length > 0 : unseen.Length > 0 || subjects.UnseenCandidates is not null)
        {
            string why = unseen.Length > 0 ? $"the driver of {unseen[0]} was not seen. Run ptdiag as root on the host itself." : subjects.UnseenCandidates!;
            yield return Make(Verdict.Unknown, subject, $"{names} must go to the same guest, or to none; whether they can now is not known: {why}", [members]);
            yield break;
        }

        yield return left.Length == 0
            ? Make(Verdict.Note, subject, $"{names} must go to the same guest, or to none: they are functions of the same device in group {group.Id}.{acs}", [members])
            : Make(Verdict.Warn, subject, $"{names} must go to the same guest, or to none, and {Quote.List(left.Select(Functions.WithDriver))} "
                + $"{(left.Length == 1 ? "is" : "are")} still on the host's driver.{acs}",
                [members, .. left.Select(sibling => Quote.Of(sibling.Driver))], [.. left.Select(sibling => Functions.BindToVfio(model, sibling))]);
    }
}
