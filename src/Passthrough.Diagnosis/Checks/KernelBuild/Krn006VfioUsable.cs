using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.KernelBuild;

/// <summary>KRN-006: has the kernel a complete way to VFIO?</summary>
internal sealed class Krn006VfioUsable : Check
{
    private static readonly Remedy _otherKernel = new(
        "Use a kernel built with VFIO, VFIO_PCI and VFIO_IOMMU_TYPE1 (or IOMMUFD with VFIO_DEVICE_CDEV).");

    public override string Id => "KRN-006";
    public override string Title => "Kernel can do VFIO";
    public override Section Section => Section.KernelBuild;
    public override Severity Severity => Severity.Critical;

    public override string Explanation =>
        "Assigning a PCI device needs VFIO and VFIO_PCI and one of two ways for a program to reach it: groups with a type 1 container (VFIO_GROUP, VFIO_CONTAINER, VFIO_IOMMU_TYPE1; " +
        "older kernels have no symbols for the first two), or IOMMUFD, by device nodes (VFIO_DEVICE_CDEV) or in the place of the container.";

    public override string Criteria =>
        "Pass: the container answered, or the configuration or the modules show one complete way. Fail: they show none. Unknown: neither configuration nor modules were read.";

    public override IReadOnlyList<string> References =>
        ["drivers/vfio/Kconfig", "drivers/vfio/pci/Kconfig", "Documentation/driver-api/vfio.rst", "Documentation/userspace-api/iommufd.rst"];

    public override IReadOnlyList<Remedy> Remedies => [_otherKernel];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        KernelConfig config = model.Kernel.Config;
        ModulePresence pci = model.Kernel.Modules.Presence("vfio_pci");
        bool pciThere = Exists(pci) || model.Pci.All.Any(device => device.IsOnVfioDriver);

        if (pciThere && model.Vfio.ContainerType1 is { IsKnown: true, Value: true })
        {
            yield return Make(Verdict.Pass, "host", "VFIO answers: the container offers type 1 v2, and a VFIO PCI driver is there.",
                [PlatformEvidence.Cite(model.Vfio.ContainerType1)]);
        }
        else if (config.Values.IsKnown)
        {
            yield return FromConfig(config, pciThere);
        }
        else
        {
            yield return FromModules(model, pci, pciThere);
        }
    }

    private Finding FromConfig(KernelConfig config, bool pciThere)
    {
        bool core = config.Has("VFIO") == true;
        bool pci = pciThere || config.Has("VFIO_PCI") == true;

        // Only an explicit "is not set" counts against the group symbols: kernels before they existed always had groups.
        bool group = !IsOff(config, "VFIO_GROUP");
        bool container = !IsOff(config, "VFIO_CONTAINER") && config.Has("VFIO_IOMMU_TYPE1") == true;
        bool iommufd = config.Has("IOMMUFD") == true;
        bool cdev = iommufd && config.Has("VFIO_DEVICE_CDEV") == true;
        string[] symbols = ["VFIO", "VFIO_PCI", "VFIO_GROUP", "VFIO_CONTAINER", "VFIO_IOMMU_TYPE1", "IOMMUFD", "VFIO_DEVICE_CDEV"];
        Citation[] evidence =
        [
            .. symbols.Where(symbol => config.Values.Value!.ContainsKey("CONFIG_" + symbol))
                .Select(symbol => new Citation(config.Values.Source, null, $"CONFIG_{symbol}={config[symbol]}")),
        ];

        if (core && pci && (cdev || (group && (container || iommufd))))
        {
            string way = group && container ? "groups and the type 1 container" : cdev ? "IOMMUFD and device nodes" : "groups over IOMMUFD";
            return Make(Verdict.Pass, "host", $"The kernel has VFIO for PCI with {way}.", evidence);
        }

        string missing = !core ? "VFIO" : !pci ? "VFIO_PCI" : "both VFIO_IOMMU_TYPE1 with groups and IOMMUFD with VFIO_DEVICE_CDEV";
        return Make(Verdict.Fail, "host", $"This kernel was built without {missing}: no PCI device can be assigned.",
            evidence.Length > 0 ? evidence : [PlatformEvidence.Cite(config.Values, "CONFIG_VFIO is not among the symbols")], _otherKernel);
    }

    private Finding FromModules(HostModel model, ModulePresence pci, bool pciThere)
    {
        ModuleState modules = model.Kernel.Modules;
        ModulePresence type1 = modules.Presence("vfio_iommu_type1"), iommufd = modules.Presence("iommufd");
        Citation[] evidence = [PlatformEvidence.Cite(modules.BuiltIn, $"vfio_pci: {pci}, vfio_iommu_type1: {type1}, iommufd: {iommufd}")];
        if (pciThere && (Exists(type1) || Exists(iommufd)))
        {
            return Make(Verdict.Pass, "host", "The kernel has the modules of VFIO for PCI.", evidence);
        }

        // The configuration may say that the module was built and is only not installed: the lists decide where there is none.
        bool decides = model.Kernel.Config.Values.IsAbsent;
        if (decides && pci == ModulePresence.Missing && !pciThere)
        {
            return Make(Verdict.Fail, "host", "This kernel has no vfio_pci: it is neither loaded nor built in nor loadable.", evidence, _otherKernel);
        }

        return decides && type1 == ModulePresence.Missing && iommufd == ModulePresence.Missing
            ? Make(Verdict.Fail, "host", "This kernel has neither vfio_iommu_type1 nor iommufd: VFIO cannot map memory for a device.", evidence, _otherKernel)
            : Make(Verdict.Unknown, "host",
                PlatformEvidence.NotSeen(model, "Whether the kernel can do VFIO (configuration and module lists)", model.Kernel.Config.Values), evidence);
    }

    private static bool Exists(ModulePresence presence) => presence is ModulePresence.Loaded or ModulePresence.BuiltIn or ModulePresence.Loadable;

    private static bool IsOff(KernelConfig config, string symbol) =>
        config.Values.Value!.TryGetValue("CONFIG_" + symbol, out string? value) && value == "n";
}
