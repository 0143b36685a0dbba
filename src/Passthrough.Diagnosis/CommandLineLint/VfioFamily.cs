using Passthrough.Host.Kernel;

namespace Passthrough.Diagnosis.CommandLineLint;

/// <summary>
/// Parameters of VFIO's modules, and of what loads or blocks them early. A parameter on the kernel's line reaches a module that is
/// loaded later too: modprobe reads /proc/cmdline. Sources: drivers/vfio/pci/vfio_pci.c, drivers/vfio/vfio_iommu_type1.c,
/// drivers/vfio/vfio_main.c, drivers/iommu/iommufd/main.c, dracut.cmdline(7).
/// </summary>
internal sealed class VfioFamily : TokenFamily
{
    /// <summary>The parameters of each module.</summary>
    internal static readonly IReadOnlyDictionary<string, string[]> Modules = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["vfio"] = ["enable_unsafe_noiommu_mode"],
        ["vfio_pci"] = ["ids", "nointxmask", "disable_vga", "disable_idle_d3", "enable_sriov", "disable_denylist"],
        ["vfio_iommu_type1"] = ["allow_unsafe_interrupts", "disable_hugepages", "dma_entry_limit"],
        ["iommufd"] = ["allow_unsafe_interrupts"],
        ["pci_stub"] = ["ids"],
    };

    private static readonly string[] _loaders =
        ["rd.driver.pre", "rd.driver.post", "rd.driver.blacklist", "modprobe.blacklist", "module_blacklist", "modules_load", "rd.modules_load", "rd_modules_load"];

    public override bool Takes(CommandLineToken token)
    {
        string name = NameOf(token);
        return name.StartsWith("vfio", StringComparison.Ordinal) || name == "iommufd" || name.StartsWith("iommufd.", StringComparison.Ordinal)
            || name.StartsWith("pci_stub", StringComparison.Ordinal)
            || (_loaders.Contains(name) && token.Value?.Contains("vfio", StringComparison.Ordinal) == true);
    }

    public override TokenJudgement Judge(LintContext context, int index)
    {
        CommandLineToken token = context.At(index);
        string name = NameOf(token);
        if (_loaders.Contains(name))
        {
            return name.EndsWith("blacklist", StringComparison.Ordinal)
                ? Harmful(token, "It keeps VFIO's modules from loading by themselves.")
                : Effective(token, "It loads VFIO's modules early, where the initramfs was made by a tool that reads it and holds them."
                    + (name.Contains("virqfd", StringComparison.Ordinal) || token.Value!.Contains("virqfd", StringComparison.Ordinal)
                        ? " vfio_virqfd is part of vfio since Linux 6.2 and can go." : ""));
        }

        int dot = name.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
        {
            return NoEffect(token, name.StartsWith("vfio_pci_ids", StringComparison.Ordinal) ? "The parameter is written vfio-pci.ids=."
                : "The kernel has no parameter of this name; a module's parameter is written MODULE.PARAMETER=, for example vfio-pci.ids=.");
        }

        string module = name[..dot];
        string parameter = name[(dot + 1)..];
        if (!Modules.TryGetValue(module, out string[]? parameters))
        {
            return Spelling.Nearest(module, Modules.Keys) is { } meant
                ? NoEffect(token, $"There is no module {module}: the name is {meant}.")
                : Unknown(token, $"The parameters of {module} are not known here; \"modinfo {module}\" lists them.");
        }

        return parameters.Contains(parameter) ? Known(token, module, parameter)
            : NoEffect(token, Spelling.Nearest(parameter, parameters) is { } right
                ? $"{module} has no parameter {parameter}; it is spelt {module}.{right}."
                : $"{module} has no parameter {parameter}; it has {string.Join(", ", parameters)}.");
    }

    private static TokenJudgement Known(CommandLineToken token, string module, string parameter)
    {
        if (parameter == "ids")
        {
            bool any = token.Value?.Split(',').Any(text => VfioId.TryParse(text, "", out _)) == true;
            return !any ? NoEffect(token, "It holds no pair of hexadecimal numbers: write vendor:device, for example 10de:1b80.", module == "vfio_pci" ? "CMD-010" : null)
                : module == "vfio_pci"
                ? Effective(token, "vfio-pci takes every function of these ids that no other driver took before it.", "CMD-010")
                : Effective(token, "pci-stub takes every function of these ids; to assign one it must be given to vfio-pci later.");
        }

        if (parameter == "dma_entry_limit")
        {
            return uint.TryParse(token.Value, out _)
                ? Effective(token, "It sets how many DMA mappings a container may hold.", "MOD-008")
                : NoEffect(token, "The value is no number, so the kernel refuses it.", "MOD-008");
        }

        // A boolean parameter of a module without a value is true.
        bool? value = token.Value is null ? true : LintContext.Boolean(token.Value);
        return (parameter, value) switch
        {
            (_, null) => NoEffect(token, $"The value is no boolean, so the kernel refuses it: write {token.Name}=1 or {token.Name}=0."),
            ("allow_unsafe_interrupts", true) => Harmful(token, "VFIO then assigns devices whose interrupts are not isolated: a guest can inject interrupts into the host.", "SEC-001"),
            ("enable_unsafe_noiommu_mode", true) => Harmful(token, "VFIO then hands out devices without any IOMMU: they can write all of the host's memory.", "SEC-002"),
            ("disable_hugepages", true) => Harmful(token, "Guest memory is then mapped in small pages: more mappings, slower start.", "MOD-008"),
            ("disable_denylist", true) => Harmful(token, "vfio-pci then also takes devices that the kernel holds for unsafe to assign."),
            ("disable_idle_d3", true) => Effective(token, "Idle devices stay awake, which helps those that do not come back from D3, and costs power."),
            ("nointxmask", true) => Effective(token, "INTx is not masked per device, so such a device cannot share its interrupt line."),
            ("disable_vga", true) => Effective(token, "vfio-pci leaves legacy VGA access alone, which other display adapters then need not give up."),
            ("enable_sriov", true) => Effective(token, "vfio-pci may make virtual functions of a function that a guest owns."),
            _ => Effective(token, "It says what the default says already, unless a later configuration changes it."),
        };
    }
}
