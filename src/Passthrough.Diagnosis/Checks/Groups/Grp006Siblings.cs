using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>GRP-006: functions of one device that share a group must be assigned together.</summary>
internal sealed class Grp006Siblings : CandidateCheck
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

        PciAddress[] siblings = [.. group.Devices.Where(address => address != device.Address && address.IsSameSlot(device.Address))];
        var members = new Citation($"/sys/kernel/iommu_groups/{group.Id}/devices", null, Quote.List(group.Devices.Select(address => address.ToString()), 12));
        if (siblings.Length == 0)
        {
            yield return Make(Verdict.Pass, subject, $"No other function of the device is in group {group.Id}.", [members]);
            yield break;
        }

        PciDevice[] left = [.. siblings.Select(model.Pci.Find).OfType<PciDevice>()
            .Where(sibling => GroupMember.Blocks(sibling) == true && !subjects.Candidates.Contains(sibling))];
        string names = Quote.List(siblings.Select(address => address.ToString()));
        string acs = device.Capabilities.Acs == false ? $" {subject} has no ACS capability." : "";
        PciAddress[] unseen = [.. siblings.Where(address => model.Pci.Find(address) is not { } sibling || GroupMember.Blocks(sibling) is null)];
        if (unseen.Length > 0 || (left.Length > 0 && subjects.UnseenCandidates is not null))
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
