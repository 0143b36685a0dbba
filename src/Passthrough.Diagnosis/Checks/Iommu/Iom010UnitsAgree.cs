using Passthrough.Host.Evidence;
using Passthrough.Host.Iommu;

namespace Passthrough.Diagnosis.Checks;

/// <summary>IOM-010: all Intel units can do the same.</summary>
internal sealed class Iom010UnitsAgree : Check
{
    /// <inheritdoc />
    public override string Id => "IOM-010";

    /// <inheritdoc />
    public override string Title => "All IOMMU units can do the same";

    /// <inheritdoc />
    public override Section Section => Section.Iommu;

    /// <inheritdoc />
    public override Severity Severity => Severity.Low;

    /// <inheritdoc />
    public override string Explanation =>
        "One unit without interrupt remapping (ECAP bit 3) or without interrupt posting (CAP bit 59) switches that off for the whole machine, and a device behind a unit without snoop control (ECAP bit 7) is mapped otherwise than its neighbours. "
        + "Reading only the first unit misleads.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when every Intel unit says the same of these. Note when they differ, naming the units. Not applicable with fewer than two Intel units; ARM SMMUs are not judged by this version. Unknown when a register was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Intel VT-d specification, section 11.4 (Capability and Extended Capability Registers)", "Linux: drivers/iommu/intel/irq_remapping.c"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Put a device that needs the feature behind a unit that has it, or look for a firmware update.")];

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
        Citation[] evidence = [.. intel.Take(4).SelectMany(unit => new[] { Quote.Of(unit.Capability), Quote.Of(unit.ExtendedCapability) })];
        if (units.Value!.Any(unit => unit.Vendor == IommuVendor.Arm))
        {
            yield return Make(Verdict.Note, "host", "What the units of an Arm SMMU can do is not judged by this version.", [Quote.Of(units) with { Excerpt = null }]);
        }
        else if (intel.Length < 2)
        {
            yield return Make(Verdict.NotApplicable, "host", "There are not two Intel units to compare.", [Quote.Of(units) with { Excerpt = null }]);
        }
        else if (intel.FirstOrDefault(unit => !unit.Capability.IsKnown || !unit.ExtendedCapability.IsKnown) is { } unread)
        {
            yield return Make(Verdict.Unknown, "host", $"Not every unit's registers were read: {(unread.Capability.IsKnown ? Quote.Unseen(unread.ExtendedCapability) : Quote.Unseen(unread.Capability))}", evidence);
        }
        else
        {
            string[] odd = [.. Differences(intel)];
            yield return odd.Length == 0
                ? Make(Verdict.Pass, "host", $"All {intel.Length} units say the same of interrupt remapping, posting and snoop control.", evidence)
                : Make(Verdict.Note, "host", $"The units differ: {string.Join("; ", odd)}.", evidence);
        }
    }

    private static IEnumerable<string> Differences(IommuUnit[] units)
    {
        (string Name, Func<IommuUnit, bool> Has)[] features =
        [
            ("interrupt remapping", unit => (unit.ExtendedCapability.Value & (1UL << 3)) != 0),
            ("interrupt posting", unit => (unit.Capability.Value & (1UL << 59)) != 0),
            ("snoop control", unit => (unit.ExtendedCapability.Value & (1UL << 7)) != 0),
        ];
        foreach ((string name, Func<IommuUnit, bool> has) in features)
        {
            IommuUnit[] without = [.. units.Where(unit => !has(unit))];
            if (without.Length > 0 && without.Length < units.Length)
            {
                yield return $"{Quote.List(without.Select(unit => unit.Name))} without {name}";
            }
        }
    }
}
