using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>GRP-009: groups do not change unnoticed.</summary>
internal sealed class Grp009Drift : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "GRP-009";

    /// <inheritdoc />
    public override string Title => "The group is what it was before";

    /// <inheritdoc />
    public override Section Section => Section.Groups;

    /// <inheritdoc />
    public override Severity Severity => Severity.Medium;

    /// <inheritdoc />
    public override string Explanation =>
        "A kernel or firmware update, or another card, can change which functions share a group, and the number of the group with it. What worked before may then fail, or take another device along. "
        + "One look at a machine cannot tell; two can, when devices are compared by what they are and where they sit, not by their address.";

    /// <inheritdoc />
    public override string Criteria =>
        "Note: one look has nothing to compare with; it says what to keep. Unknown when the group was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/ABI/testing/sysfs-kernel-iommu_groups", "Linux: Documentation/driver-api/vfio.rst"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [Keep];

    private static Remedy Keep => new("Keep a bundle of the machine as it works now, to compare with after an update.", "ptdiag bundle create before-update.tar.zst");

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        if (subjects.Candidates.Count == 0)
        {
            return [NoCandidate(subjects)];
        }

        PciDevice[] unread = [.. subjects.Candidates.Where(device => subjects.Model.Iommu.GroupOf(device.Address) is null && !device.IommuGroup.IsAbsent)];
        PciDevice[] grouped = [.. subjects.Candidates.Where(device => subjects.Model.Iommu.GroupOf(device.Address) is not null)];
        return unread.Length > 0
            ? [Make(Verdict.Unknown, "host", $"The group of {unread[0].Address} is not known: {Quote.Unseen(unread[0].IommuGroup)}", [Quote.Of(unread[0].IommuGroup)])]
            : grouped.Length == 0
                ? [Make(Verdict.NotApplicable, "host", "No candidate shows a group (IOM-003 judges that).", [Quote.Of(subjects.Candidates[0].IommuGroup)])]
                : [Make(Verdict.Note, "host", $"Groups now: {Quote.List(grouped.Select(device => Words(subjects.Model, device)), 4)}. Whether they changed cannot be told from one look.",
                    [.. grouped.Take(4).Select(device => Quote.Of(device.IommuGroup))], Keep)];
    }

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device) => [];

    private static string Words(HostModel model, PciDevice device)
    {
        IommuGroup group = model.Iommu.GroupOf(device.Address)!;
        string company = group.Devices.Count <= 1 ? "alone" : $"with {Quote.Count(group.Devices.Count - 1, "other function")}";
        return $"{device.Address} ({StableIdentity.Of(model, device).Text}) in group {group.Id} {company}";
    }
}
