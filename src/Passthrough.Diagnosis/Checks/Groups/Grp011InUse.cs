using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Host.Usage;

namespace Passthrough.Diagnosis.Checks;

/// <summary>GRP-011: no process holds the candidate's group open.</summary>
internal sealed class Grp011InUse : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "GRP-011";

    /// <inheritdoc />
    public override string Title => "The group is free";

    /// <inheritdoc />
    public override Section Section => Section.Groups;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "A VFIO group has one owner. While a process holds /dev/vfio/N, a second one gets EBUSY.";

    /// <inheritdoc />
    public override string Criteria =>
        "Warn when a process holds the group's node; it is named. Pass when open files could be seen and none is the group's. Unknown when they could not, or a process holds a node of /dev/vfio/devices, "
        + "whose function is not told.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/driver-api/vfio.rst"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Stop the guest that holds the group, or take another device.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        IommuGroup? group = model.Iommu.GroupOf(device.Address);
        Host.Evidence.Reading<IReadOnlyList<VfioHolder>> holders = model.Usage.Holders;
        if (group is null && device.IommuGroup.IsAbsent)
        {
            yield return Make(Verdict.NotApplicable, subject, $"{subject} shows no group (IOM-003 judges that).", [Quote.Of(device.IommuGroup)]);
        }
        else if (group is null || !holders.IsKnown)
        {
            yield return Make(Verdict.Unknown, subject, $"Whether the group of {subject} is in use is not known: "
                + (group is null ? Quote.Unseen(device.IommuGroup) : Quote.Unseen(holders)), [Quote.Of(device.IommuGroup), Quote.Of(holders) with { Excerpt = null }]);
        }
        else if (holders.Value!.FirstOrDefault(holder => holder.Node == "/dev/vfio/" + group.Id || holder.Node == "/dev/vfio/noiommu-" + group.Id) is { } held)
        {
            string who = held.Domain is null ? "" : $" (guest {held.Domain})";
            yield return Make(Verdict.Warn, subject, FormattableString.Invariant($"Process {held.ProcessId}{who} holds {held.Node}: another guest with {subject} would get EBUSY."),
                [new Citation(held.Node, null, FormattableString.Invariant($"open in process {held.ProcessId}"))], Remedies);
        }
        else if (holders.Value!.FirstOrDefault(holder => holder.Node.StartsWith("/dev/vfio/devices/", StringComparison.Ordinal)) is { } cdev)
        {
            yield return Make(Verdict.Unknown, subject, FormattableString.Invariant($"Process {cdev.ProcessId} holds {cdev.Node}; whether that is {subject} is not told. ")
                + $"Look at {Functions.Folder(device.Address)}/vfio-dev.", [new Citation(cdev.Node, null, null)]);
        }
        else
        {
            yield return Make(Verdict.Pass, subject, $"No process that could be seen holds group {group.Id}.", [new Citation(holders.Source, null, "no process holds /dev/vfio/" + group.Id)]);
        }
    }
}
