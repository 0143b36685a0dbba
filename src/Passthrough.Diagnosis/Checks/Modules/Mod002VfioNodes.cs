using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Modules;

/// <summary>MOD-002: are the nodes that programs open there?</summary>
internal sealed class Mod002VfioNodes : Check
{
    private static readonly Remedy _load = new("Load vfio; udev then makes the nodes.", "modprobe vfio-pci");

    public override string Id => "MOD-002";
    public override string Title => "/dev/vfio/vfio or /dev/iommu is there";
    public override Section Section => Section.Modules;
    public override Severity Severity => Severity.High;

    public override string Explanation =>
        "Programs reach VFIO through the container node /dev/vfio/vfio or through /dev/iommu. The container may be open to all (mode 0666): it gives nothing without a group node, " +
        "and those are guarded one by one. /dev/iommu alone does not prove that devices have nodes of their own (MOD-003).";

    public override string Criteria =>
        "Pass: the container or /dev/iommu is there. Warn: the container is open to root only, or lacks type 1 v2, or neither is there while VFIO is not loaded. " +
        "Fail: neither is there although VFIO runs. Unknown: /dev was not seen.";

    public override IReadOnlyList<string> References => ["Documentation/driver-api/vfio.rst (VFIO Usage Example)", "Documentation/userspace-api/iommufd.rst"];

    public override IReadOnlyList<Remedy> Remedies => [_load];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Reading<int> container = model.Vfio.ContainerMode, iommufd = model.Vfio.IommufdMode;
        Citation[] evidence = [Mode(container), Mode(iommufd)];
        if (container.IsKnown && model.Vfio.ContainerType1 is { IsKnown: true, Value: false } && !iommufd.IsKnown)
        {
            yield return Make(Verdict.Warn, "host", "/dev/vfio/vfio is there, but offers no type 1 v2 IOMMU: vfio_iommu_type1 is not loaded or not built.",
                [.. evidence, PlatformEvidence.Cite(model.Vfio.ContainerType1)], new Remedy("Load vfio_iommu_type1.", "modprobe vfio_iommu_type1"));
        }
        else if (container.IsKnown || iommufd.IsKnown)
        {
            bool rootOnly = container.IsKnown && (container.Value & 0x6) != 0x6 && !iommufd.IsKnown;
            yield return rootOnly
                ? Make(Verdict.Warn, "host", $"/dev/vfio/vfio has mode {Octal(container.Value)}: a QEMU that does not run as root, as under libvirt, may be unable to open it.",
                    evidence, new Remedy("Give the node back the mode that the kernel makes it with: by itself it lets nobody reach a device. Look for a udev rule that set another.", "chmod 666 /dev/vfio/vfio"))
                : Make(Verdict.Pass, "host", (container.IsKnown, iommufd.IsKnown) switch
                {
                    (true, true) => "/dev/vfio/vfio and /dev/iommu are there.",
                    (true, _) => "/dev/vfio/vfio is there.",
                    _ => "/dev/iommu is there; programs that know only the container need the type 1 container or its stand-in by IOMMUFD.",
                }, evidence);
        }
        else if (container.IsAbsent && iommufd.IsAbsent)
        {
            yield return Missing(model, evidence);
        }
        else
        {
            yield return Make(Verdict.Unknown, "host",
                PlatformEvidence.NotSeen(model, "Whether /dev/vfio/vfio and /dev/iommu are there", container.IsAbsent ? iommufd : container), evidence);
        }
    }

    private Finding Missing(HostModel model, Citation[] evidence)
    {
        bool runs = model.Kernel.Modules.Presence("vfio") is ModulePresence.Loaded or ModulePresence.BuiltIn;
        return PlatformEvidence.InContainer(model) == true
            ? Make(Verdict.Unknown, "host", "This runs in a container that has neither /dev/vfio/vfio nor /dev/iommu; run ptdiag on the host to know whether the host has them.", evidence)
            : runs
            ? Make(Verdict.Fail, "host", "VFIO runs, but neither /dev/vfio/vfio nor /dev/iommu is there.", evidence, new Remedy("Restart udev, or make the nodes that /sys/class/misc names."))
            : Make(Verdict.Warn, "host", "Neither /dev/vfio/vfio nor /dev/iommu is there: VFIO is not seen loaded.", evidence, _load);
    }

    private static Citation Mode(Reading<int> mode) =>
        mode.IsKnown ? PlatformEvidence.Cite(mode, "mode " + Octal(mode.Value)) : PlatformEvidence.Cite(mode);

    private static string Octal(int mode) => Convert.ToString(mode & 0xfff, 8).PadLeft(4, '0');
}
