using System.Globalization;
using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Modules;

/// <summary>MOD-008: the parameters of vfio_iommu_type1.</summary>
internal sealed class Mod008Type1Parameters : Check
{
    private const string Module = "vfio_iommu_type1";
    private const long DefaultEntries = 65535;

    private static readonly Remedy _defaults = new(
        "Remove the options line of vfio_iommu_type1 from /etc/modprobe.d (or vfio_iommu_type1.PARAMETER= from the command line), regenerate the initramfs and reboot.");

    public override string Id => "MOD-008";
    public override string Title => "vfio_iommu_type1 parameters are sound";
    public override Section Section => Section.Modules;
    public override Severity Severity => Severity.Medium;

    public override string Explanation =>
        "allow_unsafe_interrupts lets VFIO assign devices without interrupt remapping, so that a guest can raise any interrupt on the host. dma_entry_limit (since Linux 5.1) bounds the " +
        "mappings of one container, 65535 by default: guests with a virtual IOMMU or DPDK with small pages run into it with ENOSPC. disable_hugepages maps page by page, which is slow.";

    public override string Criteria =>
        "Pass: N, 65535 or more, N. Warn: unsafe interrupts allowed, fewer entries, or huge pages disabled. NotApplicable: the module is not loaded. Unknown: the parameters were not read.";

    public override IReadOnlyList<string> References => ["drivers/vfio/vfio_iommu_type1.c (module parameters)", "Documentation/driver-api/vfio.rst"];

    public override IReadOnlyList<Remedy> Remedies => [_defaults];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Reading<string> unsafeInterrupts = model.Kernel.Modules.Parameter(Module, "allow_unsafe_interrupts");
        Reading<string> entries = model.Kernel.Modules.Parameter(Module, "dma_entry_limit");
        Reading<string> noHugePages = model.Kernel.Modules.Parameter(Module, "disable_hugepages");
        Citation[] evidence = [PlatformEvidence.Cite(unsafeInterrupts), PlatformEvidence.Cite(entries), PlatformEvidence.Cite(noHugePages)];
        if (!unsafeInterrupts.IsKnown && !entries.IsKnown && !noHugePages.IsKnown)
        {
            yield return NotRead(model, unsafeInterrupts, evidence);
            yield break;
        }

        List<string> faults = [];
        if (IsYes(unsafeInterrupts))
        {
            faults.Add("allow_unsafe_interrupts is on, so a guest may raise any interrupt on the host (SEC-001)");
        }

        bool counted = long.TryParse(entries.Or(null), NumberStyles.None, CultureInfo.InvariantCulture, out long limit);
        if (counted && limit < DefaultEntries)
        {
            faults.Add($"dma_entry_limit is {limit}, below the default of {DefaultEntries}");
        }

        if (IsYes(noHugePages))
        {
            faults.Add("disable_hugepages is on, so memory is mapped page by page");
        }

        yield return faults.Count > 0
            ? Make(Verdict.Warn, "host", string.Join("; ", faults) + ".", evidence, _defaults)
            : unsafeInterrupts.IsKnown && noHugePages.IsKnown && (counted || entries.IsAbsent)
            ? Make(Verdict.Pass, "host", counted
                ? $"No unsafe interrupts, {limit} DMA entries a container, huge pages in use."
                : "No unsafe interrupts, huge pages in use; this kernel has no limit of DMA entries.", evidence)
            : Make(Verdict.Unknown, "host", "Some parameters of vfio_iommu_type1 were not read, and those that were are sound. "
                + PlatformEvidence.HowToKnow(model, !unsafeInterrupts.IsKnown ? unsafeInterrupts : !noHugePages.IsKnown ? noHugePages : entries), evidence);
    }

    private Finding NotRead(HostModel model, Reading<string> parameter, Citation[] evidence)
    {
        ModulePresence presence = model.Kernel.Modules.Presence(Module);
        bool notLoaded = presence is ModulePresence.Loadable or ModulePresence.Missing
            || (parameter.IsAbsent && model.Kernel.Modules.Loaded is { IsKnown: true } loaded && !loaded.Value!.Contains(Module));
        return notLoaded
            ? Make(Verdict.NotApplicable, "host", "vfio_iommu_type1 is not loaded, so it has no parameters to judge.", evidence)
            : Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "The parameters of vfio_iommu_type1", parameter), evidence);
    }

    private static bool IsYes(Reading<string> parameter) => parameter.Or(null) is "Y" or "y" or "1";
}
