using Passthrough.Host.Iommu;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>GRP-001: the candidates' groups are viable now.</summary>
internal sealed class Grp001Viability : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "GRP-001";

    /// <inheritdoc />
    public override string Title => "The group is viable";

    /// <inheritdoc />
    public override Section Section => Section.Groups;

    /// <inheritdoc />
    public override Severity Severity => Severity.Critical;

    /// <inheritdoc />
    public override string Explanation =>
        "VFIO opens a group only while no member is used by a driver that does DMA for the host. A member may have no driver, a VFIO driver or pci-stub, and a bridge or port may "
        + "keep pcieport, which does no DMA of its own (driver_managed_dma, since about Linux 5.19; older kernels have a list of allowed drivers). It is not true that every member "
        + "must be on vfio-pci, and bridges must never be bound to it.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when no member blocks. Fail when a member that is no candidate has another driver; it is named. Warn when only candidates themselves are still on their own driver, or QEMU's log shows it at a guest's latest start (a Note when it was an earlier one). "
        + "Unknown when a member's driver is not known. Shared groups without a candidate are a note.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: Documentation/driver-api/vfio.rst", "Linux: drivers/iommu/iommu.c (iommu_group_claim_dma_owner)", "Linux: drivers/pci/pcie/portdrv.c", "Linux: drivers/pci/pci-stub.c"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Give every member named here to vfio-pci, or leave it without a driver; or move the device to a slot with a group of its own.")];

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        // Several candidates of one group are one question.
        IEnumerable<Finding> judged = subjects.Candidates.Count == 0 ? WithoutCandidate(subjects) : subjects.Candidates.GroupBy(device => subjects.Model.Iommu.GroupOf(device.Address)?.Id ?? device.Address.ToString())
            .SelectMany(group => Judge(subjects, group.First()));
        return judged.Concat(GuestLogs.Find(subjects.Model, LogEventKind.GroupNotViable).Select(said => Make(said.Verdict, said.Subject,
            said.Verdict == Verdict.Unknown ? $"Whether its groups were viable is not known: {said.Text}"
                : $"A group of the guest was not viable {said.When}: \"{said.Text}\".", [said.Evidence], said.Verdict == Verdict.Warn ? [Remedies[0]] : [])));
    }

    /// <inheritdoc />
    protected override IEnumerable<Finding> WithoutCandidate(Subjects subjects)
    {
        IommuGroup[] shared = [.. subjects.Model.Iommu.RealGroups.Where(group => Endpoints(subjects.Model, group).Count() > 1)];
        string? more = shared.Length == 0 ? null
            : $"{Quote.Count(shared.Length, "group")} hold more than one function that is no bridge: {Quote.List(shared.Select(group => group.Id))}.";
        return [NoCandidate(subjects, more, [.. shared.Take(4).Select(Members)])];
    }

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        IommuGroup? group = model.Iommu.GroupOf(device.Address);
        if (group is null)
        {
            yield return device.IommuGroup.IsAbsent
                ? Make(Verdict.NotApplicable, device.Address.ToString(), $"{device.Address} shows no group (IOM-003 judges that).", [Quote.Of(device.IommuGroup)])
                : Make(Verdict.Unknown, device.Address.ToString(), $"The members of the group of {device.Address} are not known: {Quote.Unseen(device.IommuGroup)}",
                    [Quote.Of(device.IommuGroup)]);
            yield break;
        }

        if (group.IsNoIommu)
        {
            yield return Make(Verdict.NotApplicable, "group:" + group.Id, $"Group {group.Id} was made up without an IOMMU (SEC-002): viability means nothing there.",
                [Quote.Of(group.Name)]);
            yield break;
        }

        PciDevice[] members = [.. group.Devices.Select(model.Pci.Find).OfType<PciDevice>()];
        PciDevice[] blockers = [.. members.Where(member => GroupMember.Blocks(member) == true)];
        string[] unseen = [.. group.Devices.Where(address => model.Pci.Find(address) is null).Select(address => address.ToString()),
            .. members.Where(member => GroupMember.Blocks(member) is null).Select(member => member.Address.ToString()), .. group.OtherMembers];
        PciDevice[] foreign = [.. blockers.Where(member => !subjects.Candidates.Contains(member))];
        Citation[] evidence = [Members(group), .. members.Select(member => Quote.Of(member.Driver))];
        string subject = "group:" + group.Id;
        if (foreign.Length > 0 && subjects.UnseenCandidates is { } hidden)
        {
            yield return Make(Verdict.Unknown, subject, $"Group {group.Id} is not viable now, and whether {Quote.List(foreign.Select(Functions.WithDriver))} "
                + $"{(foreign.Length == 1 ? "is" : "are")} meant for the guest too is not known: {hidden}", evidence);
        }
        else if (foreign.Length > 0)
        {
            yield return Make(Verdict.Fail, subject, $"Group {group.Id} is not viable: {Quote.List(foreign.Select(Functions.WithDriver))} "
                + $"{(foreign.Length == 1 ? "keeps" : "keep")} VFIO from opening it for {device.Address}.",
                evidence, [.. blockers.Select(member => Functions.BindToVfio(model, member))]);
        }
        else if (unseen.Length > 0)
        {
            yield return Make(Verdict.Unknown, subject, $"Whether group {group.Id} is viable is not known: the driver of {Quote.List(unseen)} could not be seen. "
                + "Read the driver link of each member, or run ptdiag on the machine.", evidence);
        }
        else if (blockers.Length > 0)
        {
            yield return Make(Verdict.Warn, subject, $"Group {group.Id} is not viable yet, only because {Quote.List(blockers.Select(Functions.WithDriver))} "
                + $"{(blockers.Length == 1 ? "is" : "are")} to be assigned and still on the host's driver; with managed='yes' libvirt rebinds a <hostdev> when the guest starts.",
                evidence, [.. blockers.Select(member => Functions.BindToVfio(model, member))]);
        }
        else
        {
            yield return Make(Verdict.Pass, subject, $"Group {group.Id} is viable: {Quote.List(members.Select(Functions.WithDriver))}.", evidence);
        }
    }

    private static IEnumerable<PciAddress> Endpoints(HostModel model, IommuGroup group) =>
        group.Devices.Where(address => model.Pci.Find(address) is not { IsBridge: true });

    private static Citation Members(IommuGroup group) =>
        new($"/sys/kernel/iommu_groups/{group.Id}/devices", null, Quote.List([.. group.Devices.Select(address => address.ToString()), .. group.OtherMembers], 12));
}
