using System.Globalization;
using Passthrough.Host.Evidence;
using Passthrough.Host.Iommu;

namespace Passthrough.Diagnosis.Checks;

/// <summary>IOM-009: Intel units map with large pages.</summary>
internal sealed class Iom009Superpages : Check
{
    /// <inheritdoc />
    public override string Id => "IOM-009";

    /// <inheritdoc />
    public override string Title => "The IOMMU maps with large pages";

    /// <inheritdoc />
    public override Section Section => Section.Iommu;

    /// <inheritdoc />
    public override Severity Severity => Severity.Low;

    /// <inheritdoc />
    public override string Explanation =>
        "An Intel IOMMU that supports 2 MiB and 1 GiB pages needs far fewer translations for a guest on huge pages; one that supports only 4 KiB "
        + "pages walks its tables more often. The capability register says it in bits 34 (2 MiB) and 35 (1 GiB) for second-stage tables.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when every Intel unit supports 2 MiB pages. Warn when one supports 4 KiB only. Unknown when the register was not read. "
        + "Not applicable to other vendors, whose sysfs does not say it this way.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Intel VT-d specification, section 11.4.2 (Capability Register, SSLPS)", "Linux: Documentation/ABI/testing/sysfs-class-iommu-intel-iommu"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("On hardware nothing can be done. A virtual IOMMU decides by its own settings.")];

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        Reading<IReadOnlyList<IommuUnit>> units = subjects.Model.Iommu.Units;
        if (!units.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host", "The IOMMU units are not known: " + Quote.Unseen(units), [Quote.Of(units)]);
            yield break;
        }

        IommuUnit[] intel = [.. units.Value!.Where(unit => unit.Vendor == IommuVendor.Intel)];
        if (intel.Length == 0)
        {
            yield return Make(Verdict.NotApplicable, "host", units.Value!.Count == 0
                ? "No IOMMU unit is registered." : "No Intel unit: only those say their page sizes in a capability register under sysfs.", [Quote.Of(units)]);
            yield break;
        }

        IommuUnit[] known = [.. intel.Where(unit => unit.Capability.IsKnown)];
        IommuUnit[] small = [.. known.Where(unit => (unit.Capability.Value & (1UL << 34)) == 0)];
        Citation[] evidence = [.. intel.Select(unit => unit.Capability.IsKnown
            ? new Citation(unit.Capability.Source, null, string.Create(CultureInfo.InvariantCulture, $"{unit.Capability.Value:x}"))
            : Quote.Of(unit.Capability))];
        if (small.Length > 0)
        {
            yield return Make(Verdict.Warn, "host", $"{Quote.List(small.Select(unit => unit.Name))}: second-stage tables with 4 KiB pages only, so huge pages do not shorten "
                + "the IOMMU's walks.", evidence, Remedies);
        }
        else if (known.Length < intel.Length)
        {
            yield return Make(Verdict.Unknown, "host", "Not every unit's capability register was read: "
                + Quote.Unseen(intel.First(unit => !unit.Capability.IsKnown).Capability), evidence);
        }
        else
        {
            bool gigabyte = known.All(unit => (unit.Capability.Value & (1UL << 35)) != 0);
            yield return Make(Verdict.Pass, "host", gigabyte
                ? "Every unit maps with 2 MiB and 1 GiB pages." : "Every unit maps with 2 MiB pages; not every one with 1 GiB pages.", evidence);
        }
    }
}
