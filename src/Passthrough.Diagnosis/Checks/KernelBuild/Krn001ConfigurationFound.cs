using Passthrough.Host.Evidence;

namespace Passthrough.Diagnosis.Checks.KernelBuild;

/// <summary>KRN-001: is the kernel's build configuration at hand?</summary>
internal sealed class Krn001ConfigurationFound : Check
{
    private static readonly Remedy _install = new(
        "Keep /boot/config-RELEASE with the kernel (the distribution's kernel package holds it), or load the configs module where the kernel has one, which shows /proc/config.gz.");

    public override string Id => "KRN-001";
    public override string Title => "Kernel configuration is at hand";
    public override Section Section => Section.KernelBuild;
    public override Severity Severity => Severity.Low;

    public override string Explanation =>
        "The build configuration says which IOMMU drivers, VFIO parts and defaults the running kernel has. It stands in /proc/config.gz, /boot/config-RELEASE or " +
        "/lib/modules/RELEASE. Without it the checks of the kernel build fall back to the modules and to what is seen at run time.";

    public override string Criteria => "Pass: a configuration was read. Unknown: none was found or none could be read.";

    public override IReadOnlyList<string> References => ["init/Kconfig (IKCONFIG, IKCONFIG_PROC)"];

    public override IReadOnlyList<Remedy> Remedies => [_install];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        Reading<IReadOnlyDictionary<string, string>> values = subjects.Model.Kernel.Config.Values;
        yield return values.IsKnown
            ? Make(Verdict.Pass, "host", $"The configuration was read from {values.Source}.", [PlatformEvidence.Cite(values, $"{values.Value!.Count} symbols")])
            : Make(Verdict.Unknown, "host",
                PlatformEvidence.NotSeen(subjects.Model, "The kernel's build configuration", values), [PlatformEvidence.Cite(values)], _install);
    }
}
