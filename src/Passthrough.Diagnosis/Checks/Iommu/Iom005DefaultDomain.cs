using Passthrough.Host.Evidence;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>IOM-005: the groups' default domain, which is the host's own and not what VFIO attaches.</summary>
internal sealed class Iom005DefaultDomain : Check
{
    /// <inheritdoc />
    public override string Id => "IOM-005";

    /// <inheritdoc />
    public override string Title => "Default domain of the groups";

    /// <inheritdoc />
    public override Section Section => Section.Iommu;

    /// <inheritdoc />
    public override Severity Severity => Severity.Info;

    /// <inheritdoc />
    public override string Explanation =>
        "The type file of a group names the domain that the host's own drivers use: DMA (translated, strict invalidation), DMA-FQ (translated, "
        + "deferred invalidation), identity (not translated). VFIO attaches a translated domain of its own to an assigned group, whatever the type "
        + "says: identity is no obstacle to passthrough, and iommu=pt makes no assigned device faster.";

    /// <inheritdoc />
    public override string Criteria => "A note with the types and how many groups have each. Unknown when no type could be read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/ABI/testing/sysfs-kernel-iommu_groups", "Linux: drivers/iommu/iommu.c"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [];

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        IommuGroup[] groups = [.. model.Iommu.RealGroups];
        if (groups.Length == 0)
        {
            bool none = IommuFacts.Translation(model) == TriState.No;
            yield return none
                ? Make(Verdict.NotApplicable, "host", "No IOMMU translates, so there is no group with a default domain.", [Quote.Of(model.Iommu.GroupFolder)])
                : Make(Verdict.Unknown, "host", "No group could be read: " + Quote.Unseen(model.Iommu.GroupFolder), [Quote.Of(model.Iommu.GroupFolder)]);
            yield break;
        }

        IGrouping<string, IommuGroup>[] types = [.. groups.Where(group => group.Type.IsKnown)
            .GroupBy(group => group.Type.Value!, StringComparer.Ordinal).OrderBy(item => item.Key, StringComparer.Ordinal)];
        if (types.Length == 0)
        {
            Reading<string> first = groups[0].Type;
            yield return first.IsAbsent && IommuFacts.AbsenceIsFact(model)
                ? Make(Verdict.Note, "host", "The kernel does not show the groups' default domain (the type file came with Linux 5.11).", [Quote.Of(first)])
                : Make(Verdict.Unknown, "host", "The groups' default domain is not known: " + Quote.Unseen(first), [Quote.Of(first)]);
            yield break;
        }

        int unread = groups.Count(group => !group.Type.IsKnown);
        string counts = string.Join(", ", types.Select(item => FormattableString.Invariant($"{item.Key} on {Quote.Count(item.Count(), "group")}")));
        string rest = unread > 0 ? $"; the type of {Quote.Count(unread, "group")} could not be read" : "";
        yield return Make(Verdict.Note, "host", $"Default domain of the host's own drivers: {counts}{rest}. VFIO attaches a translated domain of its own whatever the type is.",
            [.. types.Select(item => Quote.Of(item.First().Type))]);
    }
}
