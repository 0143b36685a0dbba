using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>IOM-003: every candidate is in an IOMMU group.</summary>
internal sealed class Iom003CandidatesInGroups : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "IOM-003";

    /// <inheritdoc />
    public override string Title => "The device is in an IOMMU group";

    /// <inheritdoc />
    public override Section Section => Section.Iommu;

    /// <inheritdoc />
    public override Severity Severity => Severity.Critical;

    /// <inheritdoc />
    public override string Explanation =>
        "A function without an IOMMU group cannot be assigned: vfio-pci's probe fails with -22 (EINVAL). On a machine whose other functions "
        + "have groups, a missing one means that firmware lists no IOMMU unit for it, or that the unit for it is switched off.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when the iommu_group link names a group that is not vfio-noiommu. Fail when there is no link. Unknown when the link was not read, "
        + "or where virtio-iommu may make the group only when a driver is bound. A note without candidates.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: Documentation/ABI/testing/sysfs-kernel-iommu_groups", "Linux: Documentation/driver-api/vfio.rst"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Where other functions have groups: look for a firmware update, and at FW-008. Where none has: bring the IOMMU up (IOM-001).")];

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        IEnumerable<Finding> findings = base.Examine(subjects);

        // A candidate that could not be recognised is not judged by any check: said once, here, where it keeps the machine from being ready.
        return subjects.Candidates.Count > 0 && subjects.UnseenCandidates is { } unseen
            ? findings.Append(Make(Verdict.Unknown, "host", "More functions may be meant for a guest than those judged: " + unseen, []))
            : findings;
    }

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        IommuGroup? group = model.Iommu.GroupOf(device.Address)
            ?? model.Iommu.Groups.FirstOrDefault(item => device.IommuGroup.IsKnown && item.Id == device.IommuGroup.Value);
        if (group is { IsNoIommu: true })
        {
            yield return Make(Verdict.Fail, subject, $"{subject} is in group {group.Id}, which VFIO made up without an IOMMU (vfio-noiommu): nothing confines it.",
                [Quote.Of(group.Name)], IommuFacts.SwitchOn(model));
        }
        else if (group is not null || device.IommuGroup.IsKnown)
        {
            string id = group?.Id ?? device.IommuGroup.Value!;
            yield return Make(Verdict.Pass, subject, $"{subject} is in group {id}.",
                [device.IommuGroup.IsKnown ? Quote.Of(device.IommuGroup) : new Citation($"/sys/kernel/iommu_groups/{id}/devices", null, subject)]);
        }
        else if (!device.IommuGroup.IsAbsent)
        {
            yield return Make(Verdict.Unknown, subject, $"Whether {subject} is in a group is not known: {Quote.Unseen(device.IommuGroup)}",
                [Quote.Of(device.IommuGroup)]);
        }
        else if (model.Iommu.RealGroups.Any())
        {
            yield return Missing(model, device);
        }
        else if (IommuFacts.AbsenceIsFact(model) || IommuFacts.Translation(model) == TriState.No)
        {
            yield return Make(Verdict.Fail, subject, $"{subject} is in no group, and no other function is: the IOMMU does not translate.",
                [Quote.Of(device.IommuGroup)], IommuFacts.SwitchOn(model));
        }
        else
        {
            yield return Make(Verdict.Unknown, subject, $"The captured folder shows no group of any function, so it does not tell whether {subject} has one. "
                + Quote.HowToKnow(device.IommuGroup), [Quote.Of(device.IommuGroup)]);
        }
    }

    private Finding Missing(HostModel model, PciDevice device)
    {
        string subject = device.Address.ToString();
        if (!device.Driver.IsKnown && model.Iommu.Units.Or([])!.Any(unit => unit.Vendor == IommuVendor.Virtio))
        {
            return Make(Verdict.Unknown, subject,
                $"{subject} has no group and no driver. With virtio-iommu a function may get its group only when a driver is bound: "
                + "bind it to vfio-pci and look again.", [Quote.Of(device.IommuGroup)], Functions.BindToVfio(model, device));
        }

        return Make(Verdict.Fail, subject, $"{subject} is in no group, though other functions are: no IOMMU unit covers it, so vfio-pci refuses it.",
            [Quote.Of(device.IommuGroup)],
            new Remedy("Look whether the DMAR or IVRS table covers the function (FW-008), whether intel_iommu=igfx_off excludes a graphics function, "
                + "and for a firmware update."));
    }
}
