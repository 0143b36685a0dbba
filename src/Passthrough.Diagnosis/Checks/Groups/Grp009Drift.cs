using Passthrough.Host.Iommu;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>GRP-009: groups do not change unnoticed.</summary>
internal sealed class Grp009Drift : GroupedCandidateCheck
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
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device, IommuGroup group)
    {
        string subject = device.Address.ToString();
        StableIdentity identity = StableIdentity.Of(subjects.Model, device);
        yield return Make(Verdict.Note, subject, $"{subject} ({identity.Text}) is in group {group.Id} with {Quote.Count(group.Devices.Count - 1, "other function")}. "
            + "Whether that changed cannot be told from one look.", [Members(group)], Keep);
    }
}
