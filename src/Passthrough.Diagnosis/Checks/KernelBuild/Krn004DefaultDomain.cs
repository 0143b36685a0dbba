using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.KernelBuild;

/// <summary>KRN-004: which default domain was the kernel built with?</summary>
internal sealed class Krn004DefaultDomain : Check
{
    private static readonly (string Symbol, string Words)[] _choices =
    [
        ("IOMMU_DEFAULT_DMA_STRICT", "translated, flushed at once"),
        ("IOMMU_DEFAULT_DMA_LAZY", "translated, flushed in batches"),
        ("IOMMU_DEFAULT_PASSTHROUGH", "an identity mapping"),
    ];

    public override string Id => "KRN-004";
    public override string Title => "Default domain that the kernel was built with";
    public override Section Section => Section.KernelBuild;
    public override Severity Severity => Severity.Info;

    public override string Explanation =>
        "The build says how devices that the host drives itself are mapped when no token does: translated and flushed at once, translated and flushed in batches (usual on x86), or an identity " +
        "mapping. A device given to VFIO is translated in any case.";

    public override string Criteria => "Note: what the build says. Unknown: the configuration was not seen, or is older than these symbols.";

    public override IReadOnlyList<string> References => ["drivers/iommu/Kconfig (IOMMU_DEFAULT_DMA_STRICT, IOMMU_DEFAULT_DMA_LAZY, IOMMU_DEFAULT_PASSTHROUGH)"];

    public override IReadOnlyList<Remedy> Remedies => [];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        KernelConfig config = model.Kernel.Config;
        (string Symbol, string Words)? chosen = _choices.Where(choice => config[choice.Symbol] == "y").Cast<(string, string)?>().FirstOrDefault();
        if (!config.Values.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "The kernel's build configuration", config.Values), [PlatformEvidence.Cite(config.Values.As())]);
        }
        else if (chosen is { } found)
        {
            yield return Make(Verdict.Note, "host", $"Without a token, devices that the host drives itself get: {found.Words}.", [PlatformEvidence.Cite(config.Values, $"CONFIG_{found.Symbol}=y")]);
        }
        else
        {
            yield return Make(Verdict.Unknown, "host", "The build configuration makes none of the three choices, as before Linux 5.14 or without an IOMMU. Look at the type files of /sys/kernel/iommu_groups to know.",
                [PlatformEvidence.Cite(config.Values, "(no CONFIG_IOMMU_DEFAULT_…=y)")]);
        }
    }
}
