using Passthrough.Host.Evidence;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Security;

/// <summary>SEC-003: are addresses flushed from the IOMMU late?</summary>
internal sealed class Sec003LazyInvalidation : Check
{
    private static readonly Remedy _strict = new("Where the host must be protected from its own devices, add iommu.strict=1 to the kernel command line; it costs throughput of fast devices that the host drives.");

    public override string Id => "SEC-003";
    public override string Title => "Lazy flushing of the host's own devices";
    public override Section Section => Section.Security;
    public override Severity Severity => Severity.Low;

    public override string Explanation =>
        "A group of type DMA-FQ flushes freed addresses from the IOMMU in batches: for some milliseconds a device still reaches memory that its driver gave back. That is the usual trade on x86. " +
        "Guests' devices are not concerned, for VFIO flushes at once.";

    public override string Criteria => "Note: groups of type DMA-FQ. Pass: no group has it. Unknown: the types were not seen. NotApplicable: no IOMMU is at work.";

    public override IReadOnlyList<string> References => ["Documentation/ABI/testing/sysfs-kernel-iommu_groups (type)", "drivers/iommu/dma-iommu.c"];

    public override IReadOnlyList<Remedy> Remedies => [_strict];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        IommuGroup[] groups = [.. model.Iommu.RealGroups];
        IommuGroup[] lazy = [.. groups.Where(group => group.Type.IsKnown && group.Type.Value == "DMA-FQ")];
        IommuGroup? unseen = groups.FirstOrDefault(group => !group.Type.IsKnown);
        TriState state = IommuJudgement.Of(model).State;
        if (unseen is not null || (groups.Length == 0 && state != TriState.No))
        {
            Reading<string> missing = unseen?.Type ?? model.Iommu.GroupFolder.As();
            yield return Make(Verdict.Unknown, "host", missing.IsKnown ? "No group was seen. Run ptdiag as root on the host itself to know."
                : PlatformEvidence.NotSeen(model, "The type of every group", missing), [PlatformEvidence.Cite(missing)]);
        }
        else if (groups.Length == 0)
        {
            yield return Make(Verdict.NotApplicable, "host", "No IOMMU is at work.", [PlatformEvidence.Cite(model.Iommu.Units.As())]);
        }
        else if (lazy.Length > 0)
        {
            yield return Make(Verdict.Note, "host", $"{Quote.Count(lazy.Length, "group")} of {groups.Length} {(lazy.Length == 1 ? "flushes" : "flush")} freed addresses in batches (DMA-FQ). It concerns devices that the host drives, not guests'.",
                [PlatformEvidence.Cite(lazy[0].Type)]);
        }
        else
        {
            yield return Make(Verdict.Pass, "host", "No group flushes freed addresses in batches.", [PlatformEvidence.Cite(groups[0].Type)]);
        }
    }
}
