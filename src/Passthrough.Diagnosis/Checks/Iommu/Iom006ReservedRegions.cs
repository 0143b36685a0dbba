using System.Globalization;
using Passthrough.Host.Evidence;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>IOM-006: firmware demands no 1:1 mapping for a candidate's group.</summary>
internal sealed class Iom006ReservedRegions : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "IOM-006";

    /// <inheritdoc />
    public override string Title => "Reserved regions allow assignment";

    /// <inheritdoc />
    public override Section Section => Section.Iommu;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "Firmware can demand that a device keeps a 1:1 mapping of some memory (an RMRR on Intel, an IVMD on AMD). A group with such a region of type "
        + "direct cannot be given away: intel-iommu has long refused it, and the IOMMU core refuses it for every vendor since the kernel commit "
        + "\"iommu: Prevent RESV_DIRECT devices from blocking domains\". direct-relaxable (USB controllers, graphics) does not stand in the way, "
        + "and msi and reserved are normal.";

    /// <inheritdoc />
    public override string Criteria =>
        "Fail when the group's reserved_regions hold a direct range. Pass when they hold none. Unknown when the file was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: Documentation/ABI/testing/sysfs-kernel-iommu_groups", "Linux: drivers/iommu/iommu.c", "Intel VT-d specification, section 8.4 (RMRR)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [Firmware];

    private static Remedy Firmware => new("Look in the firmware setup for what makes it claim the memory (pre-boot DMA protection, kernel DMA protection, "
        + "shared-memory features of a management controller), update the firmware, or take another slot or device. Kernels patched to ignore the demand risk memory.");

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        IommuGroup? group = model.Iommu.GroupOf(device.Address);
        if (group is null)
        {
            yield return device.IommuGroup.IsAbsent
                ? Make(Verdict.NotApplicable, subject, $"{subject} shows no group, so no reserved regions (IOM-003 judges that).", [Quote.Of(device.IommuGroup)])
                : Make(Verdict.Unknown, subject, $"The group of {subject} could not be read: {Quote.Unseen(device.IommuGroup)}", [Quote.Of(device.IommuGroup)]);
            yield break;
        }

        Reading<IReadOnlyList<ReservedRegion>> regions = group.ReservedRegions;
        if (!regions.IsKnown)
        {
            yield return Make(Verdict.Unknown, subject, $"The reserved regions of group {group.Id} are not known: {Quote.Unseen(regions)}", [Quote.Of(regions)]);
            yield break;
        }

        ReservedRegion[] direct = [.. regions.Value!.Where(region => region.Type == "direct")];
        if (direct.Length > 0)
        {
            string ranges = Quote.List(direct.Select(region => string.Create(CultureInfo.InvariantCulture, $"0x{region.Start:x}-0x{region.End:x}")), 4);
            yield return Make(Verdict.Fail, subject,
                $"Firmware demands a 1:1 mapping of {ranges} for group {group.Id}: VFIO refuses {subject} on Intel machines and, with recent kernels, on all.",
                [new Citation(regions.Source, null, "direct " + ranges)], Firmware);
            yield break;
        }

        string kinds = Quote.List(regions.Value!.Select(region => region.Type).Distinct().Order(StringComparer.Ordinal));
        yield return Make(Verdict.Pass, subject, $"Group {group.Id} holds no region that must stay mapped 1:1{(kinds.Length > 0 ? $" (it holds: {kinds})" : "")}.",
            [Quote.Of(regions) with { Excerpt = kinds.Length > 0 ? kinds : "(empty)" }]);
    }
}
