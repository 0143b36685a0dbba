using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks.Modules;

/// <summary>MOD-001: is the VFIO stack there, in whatever form?</summary>
internal sealed class Mod001VfioStack : Check
{
    private static readonly string[] _stack = ["vfio", "vfio_pci", "vfio_iommu_type1", "iommufd"];

    private static readonly Remedy _load = new("Load vfio-pci now, and at boot through a file in /etc/modules-load.d.", "modprobe vfio-pci");

    public override string Id => "MOD-001";
    public override string Title => "VFIO driver is loaded, built in or loadable";
    public override Section Section => Section.Modules;
    public override Severity Severity => Severity.Critical;

    public override string Explanation =>
        "vfio-pci may be loaded, built into the kernel, or waiting on disk until something asks for it: each is healthy, and a list of loaded modules alone does not tell. " +
        "It is missing when modules.builtin and modules.dep of the running kernel know nothing of it, for example after an upgrade that removed the running kernel's modules. " +
        "The module is vfio_pci, the driver in sysfs vfio-pci.";

    public override string Criteria =>
        "Pass: loaded, built in or loadable, or a device is on a VFIO driver. Warn: a candidate with a VFIO driver_override waits without a driver for a module that can be loaded. " +
        "Fail: it is nowhere, or a candidate waits for it and it is not running. Unknown: the module lists were not read.";

    public override IReadOnlyList<string> References =>
        ["Documentation/driver-api/vfio.rst", "Documentation/ABI/testing/sysfs-bus-pci (driver_override)", "modules.dep(5)"];

    public override IReadOnlyList<Remedy> Remedies => [_load];

    /// <summary>Candidates that ask for a VFIO driver by driver_override and have no driver.</summary>
    internal static IEnumerable<PciDevice> Waiting(Subjects subjects) => subjects.Candidates.Where(device =>
        device.Driver.IsAbsent && !device.IsOnVfioDriver
        && device.DriverOverride.IsKnown && device.DriverOverride.Value!.Contains("vfio", StringComparison.Ordinal));

    /// <summary>vfio_pci is known not to run: the list of loaded modules lacks it and it is not built in.</summary>
    internal static bool IsNotRunning(HostModel model) => model.Kernel.Modules.Loaded.IsKnown
        && model.Kernel.Modules.Presence("vfio_pci") is ModulePresence.Missing or ModulePresence.Loadable or ModulePresence.Unknown;

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        ModuleState modules = model.Kernel.Modules;
        ModulePresence presence = modules.Presence("vfio_pci");
        PciDevice? served = model.Pci.All.FirstOrDefault(device => device.IsOnVfioDriver);
        PciDevice[] waiting = IsNotRunning(model) ? [.. Waiting(subjects)] : [];
        Citation[] evidence =
        [
            Place(modules.Loaded), Place(modules.BuiltIn), Place(modules.Loadable),
            .. waiting.SelectMany(device => new[] { PlatformEvidence.Cite(device.DriverOverride), PlatformEvidence.Cite(device.Driver) }),
        ];

        if (waiting.Length > 0)
        {
            string names = string.Join(", ", waiting.Select(device => device.Address));
            yield return presence == ModulePresence.Loadable
                ? Make(Verdict.Warn, "host", $"{names} is set aside for a VFIO driver and has none: vfio_pci can be loaded but is not.", evidence, _load)
                : Make(Verdict.Fail, "host", $"{names} is set aside for a VFIO driver and has none: vfio_pci is not among the loaded modules"
                    + (presence == ModulePresence.Missing ? " and this kernel has no such module." : "."), evidence, _load);
        }
        else if (presence is ModulePresence.Loaded or ModulePresence.BuiltIn || served is not null)
        {
            yield return Make(Verdict.Pass, "host", presence switch
            {
                ModulePresence.Loaded => "vfio_pci is loaded.",
                ModulePresence.BuiltIn => "vfio_pci is built into the kernel.",
                _ => $"{served!.Address} is on a VFIO driver.",
            }, served is null || presence is ModulePresence.Loaded or ModulePresence.BuiltIn ? evidence : [PlatformEvidence.Cite(served.Driver)]);
        }
        else if (presence == ModulePresence.Loadable)
        {
            yield return Make(Verdict.Pass, "host", "vfio_pci can be loaded; it is not loaded now, which is right until a device is bound to it.", evidence);
        }
        else if (presence == ModulePresence.Missing)
        {
            yield return Make(Verdict.Fail, "host", "This kernel has no vfio_pci: it is neither loaded nor built in nor loadable.", evidence,
                new Remedy("Install the modules package of the running kernel, or reboot into the kernel whose modules are installed; else use a kernel with CONFIG_VFIO_PCI."));
        }
        else
        {
            Reading<string> unseen = !modules.BuiltIn.IsKnown ? modules.BuiltIn.As() : !modules.Loadable.IsKnown ? modules.Loadable.As() : modules.Loaded.As();
            yield return Make(Verdict.Unknown, "host",
                PlatformEvidence.NotSeen(model, "Whether vfio_pci is built in or loadable", unseen), evidence);
        }

        Citation Place(Reading<IReadOnlySet<string>> list)
        {
            string[] found = list.IsKnown ? [.. _stack.Where(list.Value!.Contains)] : [];
            return list.IsKnown
                ? PlatformEvidence.Cite(list, found.Length == 0 ? "(no VFIO module)" : string.Join(' ', found))
                : PlatformEvidence.Cite(list);
        }
    }
}
