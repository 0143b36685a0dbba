using Passthrough.Host.Evidence;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>IOM-001: the kernel has registered at least one IOMMU unit.</summary>
internal sealed class Iom001UnitsRegistered : Check
{
    /// <inheritdoc />
    public override string Id => "IOM-001";

    /// <inheritdoc />
    public override string Title => "IOMMU units are registered";

    /// <inheritdoc />
    public override Section Section => Section.Iommu;

    /// <inheritdoc />
    public override Severity Severity => Severity.Critical;

    /// <inheritdoc />
    public override string Explanation =>
        "Every IOMMU that a driver has brought up registers itself under /sys/class/iommu (dmarN on Intel, ivhdN on AMD, smmu… on Arm). "
        + "Without one no device can be confined, and VFIO refuses assignment. The folder itself proves nothing: it exists on every kernel "
        + "with IOMMU support, and stays empty when the IOMMU is off.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass with at least one entry. Fail when the folder is empty, or is absent on a running machine. Unknown when it was not read, "
        + "or is missing from a captured folder.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: Documentation/ABI/testing/sysfs-class-iommu", "Linux: drivers/iommu/iommu-sysfs.c"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Switch the IOMMU on in firmware, and on Intel kernels without INTEL_IOMMU_DEFAULT_ON add intel_iommu=on to the kernel command line. "
            + "A guest needs a virtual IOMMU from its hypervisor.")];

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Reading<IReadOnlyList<IommuUnit>> units = model.Iommu.Units;
        if (units.IsKnown && units.Value!.Count > 0)
        {
            string names = Quote.List(units.Value.Select(unit => unit.Name));
            yield return Make(Verdict.Pass, "host", $"{Quote.Count(units.Value.Count, "IOMMU unit")} registered: {names}.",
                [new Citation(units.Source, null, names)]);
        }
        else if (units.IsKnown)
        {
            yield return Make(Verdict.Fail, "host", $"{units.Source} is empty: no IOMMU unit is registered, so no device can be assigned safely.",
                [new Citation(units.Source, null, "(empty)")], IommuFacts.SwitchOn(model));
        }
        else if (units.IsAbsent && IommuFacts.AbsenceIsFact(model))
        {
            yield return Make(Verdict.Fail, "host", $"{units.Source} does not exist: the running kernel shows no IOMMU support at all.",
                [Quote.Of(units)], IommuFacts.SwitchOn(model));
        }
        else
        {
            yield return Make(Verdict.Unknown, "host", "Whether an IOMMU unit is registered is not known: " + Quote.Unseen(units), [Quote.Of(units)]);
        }
    }
}
