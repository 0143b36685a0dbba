using Passthrough.Host.Evidence;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>IOM-002: IOMMU groups exist, with members, and are not the pretended groups of noiommu mode.</summary>
internal sealed class Iom002GroupsExist : Check
{
    /// <inheritdoc />
    public override string Id => "IOM-002";

    /// <inheritdoc />
    public override string Title => "IOMMU groups exist and are real";

    /// <inheritdoc />
    public override Section Section => Section.Iommu;

    /// <inheritdoc />
    public override Severity Severity => Severity.Critical;

    /// <inheritdoc />
    public override string Explanation =>
        "VFIO assigns whole IOMMU groups. With a translating IOMMU the kernel puts each function behind it into a group under "
        + "/sys/kernel/iommu_groups. VFIO's noiommu mode makes groups too, named vfio-noiommu: they isolate nothing and do not count. "
        + "The number of links of the folder proves nothing.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass with at least one group that has a member and is not named vfio-noiommu. Fail when there is none. Unknown when neither the "
        + "groups nor the devices' iommu_group links could be read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: Documentation/ABI/testing/sysfs-kernel-iommu_groups", "Linux: Documentation/driver-api/vfio.rst"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Bring the IOMMU up first (IOM-001): groups follow from it.")];

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        IommuGroup[] real = [.. model.Iommu.RealGroups];
        Reading<IReadOnlyList<string>> folder = model.Iommu.GroupFolder;
        if (real.Length > 0)
        {
            int members = real.Sum(group => group.Devices.Count + group.OtherMembers.Count);
            yield return Make(Verdict.Pass, "host", $"{Quote.Count(real.Length, "group")} with {Quote.Count(members, "member")}.",
                [new Citation(folder.Source, null, "groups " + Quote.List(real.Select(group => group.Id)))]);
        }
        else if (model.Iommu.Groups.FirstOrDefault(group => group.IsNoIommu) is { } pretended
            && model.Iommu.Groups.All(group => group.IsNoIommu))
        {
            yield return Make(Verdict.Fail, "host", "The only groups are named vfio-noiommu: VFIO made them up without an IOMMU, and they isolate nothing.",
                [Quote.Of(pretended.Name)], IommuFacts.SwitchOn(model));
        }
        else if (folder.IsKnown && folder.Value!.Count == 0)
        {
            yield return Make(Verdict.Fail, "host", $"{folder.Source} is empty: no function is behind a translating IOMMU.",
                [new Citation(folder.Source, null, "(empty)")], IommuFacts.SwitchOn(model));
        }
        else if (folder.IsAbsent && IommuFacts.AbsenceIsFact(model))
        {
            yield return Make(Verdict.Fail, "host", $"{folder.Source} does not exist: the running kernel has no IOMMU groups.",
                [Quote.Of(folder)], IommuFacts.SwitchOn(model));
        }
        else
        {
            string hint = model.Log.Content.IsKnown && model.Log.Content.Value!.Groups.Count > 0
                ? $" The kernel log shows functions being added to {Quote.Count(model.Log.Content.Value.Groups.Count, "group")}, which is no proof of the state now." : "";
            string seen = folder.IsKnown
                ? $"{folder.Source} names {Quote.Count(folder.Value!.Count, "group")}, but no member of any could be read. Run ptdiag as root on the host itself."
                : Quote.Unseen(folder);
            yield return Make(Verdict.Unknown, "host", $"Whether groups exist is not known: {seen}{hint}", [Quote.Of(folder)]);
        }
    }
}
