using Passthrough.Host.Guests;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>VIRT-003: no member of a group that the guest does not get keeps VFIO out.</summary>
internal sealed class Virt003GroupMembers : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "VIRT-003";

    /// <inheritdoc />
    public override string Title => "The rest of each group is cared for";

    /// <inheritdoc />
    public override Section Section => Section.Guest;

    /// <inheritdoc />
    public override Severity Severity => Severity.Critical;

    /// <inheritdoc />
    public override string Explanation =>
        "VFIO opens a function only while no other member of its IOMMU group is used by a host driver that does DMA. A definition must therefore give the guest "
        + "every such member, or the member must have no driver or a VFIO driver. Bridges and ports stay with the host.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when each member outside the guest has no driver, a VFIO driver, pci-stub or pcieport. Fail when one has another driver; it is named. Unknown "
        + "when a group or a member's driver was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/driver-api/vfio.rst", "Linux: drivers/iommu/iommu.c (iommu_group_claim_dma_owner)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Give the named members to the same guest as well, or to vfio-pci, or leave them without a driver; or move the device to a slot with a group of its "
        + "own.")];

    /// <inheritdoc />
    protected override void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally)
    {
        HostModel model = subjects.Model;
        IReadOnlyList<GivenFunction> functions = GuestFacts.Functions(model, definition);
        HashSet<PciAddress> own = [.. functions.Select(item => item.Address)];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (GivenFunction function in functions)
        {
            Citation line = GuestFacts.Cite(guest, function.Source);
            IommuGroup? group = model.Iommu.GroupOf(function.Address);
            if (group is null)
            {
                NoGroup(model, function, line, tally);
            }
            else if (group.IsNoIommu)
            {
                tally.Add(Verdict.NotApplicable, $"Group {group.Id} was made up without an IOMMU (SEC-002).", line);
            }
            else if (seen.Add(group.Id))
            {
                Judge(model, group, own, line, tally);
            }
        }
    }

    private static void NoGroup(HostModel model, GivenFunction function, Citation line, Tally tally)
    {
        bool isFact = (function.Device is null && model.Pci.Devices.IsKnown) || (function.Device?.IommuGroup.IsAbsent == true && IommuFacts.AbsenceIsFact(model));
        string why = function.Device is null ? Quote.Unseen(model.Pci.Devices) : Quote.Unseen(function.Device.IommuGroup);
        tally.Add(isFact ? Verdict.NotApplicable : Verdict.Unknown, isFact
            ? $"{function.Address} is in no group (IOM-003 and VIRT-001 judge that)." : $"The group of {function.Address} is not known: {why}", line);
    }

    private static void Judge(HostModel model, IommuGroup group, HashSet<PciAddress> own, Citation line, Tally tally)
    {
        PciAddress[] others = [.. group.Devices.Where(address => !own.Contains(address))];
        foreach (PciAddress address in others)
        {
            if (model.Pci.Find(address) is not { } member || GroupMember.Blocks(member) is not { } blocks)
            {
                tally.Add(Verdict.Unknown, $"The driver of {address} in group {group.Id} is not known. Read its driver link, or run ptdiag as root on the machine.", line);
            }
            else if (blocks)
            {
                tally.Add(Verdict.Fail, $"{Functions.WithDriver(member)} shares group {group.Id} with the guest's function and is not given to the guest: VFIO refuses the group.",
                    line, Functions.BindToVfio(model, member));
            }
        }

        if (group.OtherMembers.Count > 0)
        {
            tally.Add(Verdict.Unknown, $"Group {group.Id} also holds {Quote.List(group.OtherMembers)}, whose driver is not known. Look into its folder in /sys.", line);
        }

        tally.Add(Verdict.Pass, others.Length == 0 ? $"The guest gets all of group {group.Id}."
            : $"What the guest does not get of group {group.Id} ({Quote.List(others.Select(item => item.ToString()))}) does not keep VFIO out.", line);
    }
}
