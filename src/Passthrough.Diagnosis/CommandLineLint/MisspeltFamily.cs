using Passthrough.Host.Kernel;

namespace Passthrough.Diagnosis.CommandLineLint;

/// <summary>Names that no parameter has and that are near to one of ours.</summary>
internal sealed class MisspeltFamily : TokenFamily
{
    private static readonly string[] _known =
    [
        "intel_iommu", "amd_iommu", "intremap", "iommu.passthrough", "iommu.strict", "hugepages", "hugepagesz", "default_hugepagesz",
        "isolcpus", "nohz_full", "rcu_nocbs", "irqaffinity", "pcie_acs_override", "vfio_pci.ids", "vfio_iommu_type1.allow_unsafe_interrupts",
    ];

    // What tools and guides really write.
    private static readonly Dictionary<string, string> _meant = new(StringComparer.Ordinal)
    {
        ["iommu_pt"] = "iommu=pt",
        ["iommu_passthrough"] = "iommu.passthrough=1",
        ["intel_iommu.on"] = "intel_iommu=on",
        ["allow_unsafe_interrupts"] = "vfio_iommu_type1.allow_unsafe_interrupts=",
    };

    public override bool Takes(CommandLineToken token) => Meant(token) is not null;

    public override TokenJudgement Judge(LintContext context, int index)
    {
        CommandLineToken token = context.At(index);
        return NoEffect(token, $"The kernel has no parameter {token.Name}; {Meant(token)} is the spelling.");
    }

    private static string? Meant(CommandLineToken token)
    {
        string name = NameOf(token);
        return _meant.TryGetValue(name, out string? text) ? text
            : _known.Contains(name) ? null
            : Spelling.Nearest(name, _known) is { } known ? known + "=" : null;
    }
}
