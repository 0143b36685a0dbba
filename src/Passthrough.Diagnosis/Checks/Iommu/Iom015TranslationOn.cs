using Passthrough.Host.Iommu;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>IOM-015: DMA is really translated.</summary>
internal sealed class Iom015TranslationOn : Check
{
    /// <inheritdoc />
    public override string Id => "IOM-015";

    /// <inheritdoc />
    public override string Title => "DMA translation is on";

    /// <inheritdoc />
    public override Section Section => Section.Iommu;

    /// <inheritdoc />
    public override Severity Severity => Severity.Critical;

    /// <inheritdoc />
    public override string Explanation =>
        "A line of the log is no proof that DMA is translated: \"DMAR: IOMMU enabled\" is printed by the parser of intel_iommu=on, also on AMD machines and also when "
        + "a later token switches it off; \"Intel(R) Virtualization Technology for Directed I/O\" also appears where only interrupts are remapped. "
        + "Groups with members, and faults that a translating unit reported, are proof.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when groups that are not vfio-noiommu have members, when a unit stands with groups, or when the log holds a translation fault. Fail when none of these is seen and "
        + "either /sys/class/iommu is empty or the log reaches back to the boot. Else Unknown.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: drivers/iommu/intel/iommu.c (intel_iommu_setup, intel_iommu_init)", "Linux: Documentation/ABI/testing/sysfs-class-iommu"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Follow the ladder of IOM-004 from the bottom; its first broken rung is what to mend.")];

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        var evidence = new List<Citation> { Quote.Of(model.Iommu.Units) with { Excerpt = Units(model) }, Quote.Of(model.Iommu.GroupFolder) with { Excerpt = Groups(model) } };
        LogEvent? fault = IommuFacts.TranslationFaults(model.Log).LastOrDefault();
        LogEvent? token = model.Log.Content.IsKnown ? model.Log.Content.Value!.Of(LogEventKind.IommuTokenParsed).LastOrDefault() : null;
        LogEvent? unsupported = model.Log.Content.IsKnown ? model.Log.Content.Value!.Of(LogEventKind.TranslationUnsupported).LastOrDefault() : null;
        evidence.AddRange(new[] { fault, token, unsupported }.OfType<LogEvent>().Select(item => Quote.Of(model.Log, item)));
        switch (IommuFacts.Translation(model))
        {
            case TriState.Yes:
                IommuGroup[] real = [.. model.Iommu.RealGroups];
                yield return Make(Verdict.Pass, "host", real.Length > 0
                    ? $"DMA is translated: {Quote.Count(real.Length, "group")} with members."
                    : fault is not null ? "DMA is translated: the kernel log holds a fault that a translating unit reported." : "DMA is translated: units and groups are registered.",
                    evidence);
                break;
            case TriState.No:
                string misleading = token is null ? "" : " \"IOMMU enabled\" in the log says only that intel_iommu=on was parsed.";
                string why = unsupported is null ? "" : " The log says that the unit supports no address width for translation.";
                yield return Make(Verdict.Fail, "host", $"DMA is not translated: no group has a member, and no unit with groups is registered.{misleading}{why}",
                    evidence, IommuFacts.SwitchOn(model));
                break;
            default:
                yield return Make(Verdict.Unknown, "host", "Whether DMA is translated is not known: " + (model.Iommu.Units.IsKnown
                    ? "a unit is registered, but no group could be read. " + Quote.HowToKnow(model.Iommu.GroupFolder)
                    : Quote.Unseen(model.Iommu.Units)), evidence);
                break;
        }
    }

    private static string Units(HostModel model) => model.Iommu.Units.IsKnown
        ? model.Iommu.Units.Value!.Count == 0 ? "(empty)" : Quote.List(model.Iommu.Units.Value.Select(unit => unit.Name))
        : $"({Quote.Outcome(model.Iommu.Units)})";

    private static string Groups(HostModel model) => model.Iommu.RealGroups.Any()
        ? Quote.Count(model.Iommu.RealGroups.Count(), "group") + " with members"
        : model.Iommu.GroupFolder.IsKnown ? "no group with a member was read" : $"({Quote.Outcome(model.Iommu.GroupFolder)})";
}
