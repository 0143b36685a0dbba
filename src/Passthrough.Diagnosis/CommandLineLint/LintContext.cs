using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.CommandLineLint;

/// <summary>The command line and what is known of the machine that booted with it.</summary>
internal sealed class LintContext
{
    /// <summary>Takes a machine whose command line is known.</summary>
    public LintContext(HostModel model)
    {
        Model = model;
        Line = model.Kernel.CommandLine.Value!;
        Parameters = KernelParameters.Of(Line);
        UnknownToKernel = [.. PlatformEvidence.LogEvents(model, LogEventKind.UnknownParameters).SelectMany(item => Quoted(item.Text))];
    }

    public HostModel Model { get; }

    public KernelCommandLine Line { get; }

    public KernelParameters Parameters { get; }

    /// <summary>Tokens that the kernel's log calls unknown.</summary>
    public HashSet<string> UnknownToKernel { get; }

    /// <summary>Firmware describes Intel units; the CPU alone does not tell in a virtual machine, whose IOMMU may be of another vendor.</summary>
    public bool? IsIntel => IommuJudgement.HasDmar(Model) ?? (Model.IsVirtualMachine == false && Model.Cpu.Vendor is "amd" or "arm" ? false : null);

    /// <summary>Firmware describes AMD units.</summary>
    public bool? IsAmd => IommuJudgement.HasIvrs(Model) ?? (Model.IsVirtualMachine == false && Model.Cpu.Vendor is "intel" or "arm" ? false : null);

    public bool IsArm => Model.Cpu.Vendor == "arm";

    public CommandLineToken At(int index) => Line.Tokens[index];

    /// <summary>
    /// The token that takes this one's place, where a later one of the same parameter counts alone; null when this one counts.
    /// </summary>
    public CommandLineToken? OverriddenBy(int index) => LastWins(At(index))
        ? Line.Tokens.Skip(index + 1).LastOrDefault(later => later.Is(At(index).Name))
        : null;

    /// <summary>
    /// A parameter of which only the last token counts: parameters of modules are written over (kernel/params.c), and so are these.
    /// The comma lists of the IOMMU, pci= and the hugepages pairs add up.
    /// </summary>
    public static bool LastWins(CommandLineToken token)
    {
        string name = token.Name.Replace('-', '_');
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return name is "iommu.passthrough" or "iommu.strict" or "iommu.forcedac" or "rcu_nocbs" or "irqaffinity" or "pcie_aspm" or "pcie_ports"
            or "pcie_port_pm" or "transparent_hugepage" or "hugetlb_cma"
            || (dot > 0 && name[..dot] is "vfio" or "vfio_pci" or "vfio_pci_core" or "vfio_iommu_type1" or "iommufd" or "kvm" or "kvm_intel" or "kvm_amd" or "pci_stub");
    }

    /// <summary>The kernel's boolean (lib/kstrtox.c): the first letter decides, for "on" and "off" the second; null when it is none.</summary>
    public static bool? Boolean(string? value) => value switch
    {
        null or "" => null,
        _ when value[0] is 'y' or 'Y' or 't' or 'T' or '1' => true,
        _ when value[0] is 'n' or 'N' or 'f' or 'F' or '0' => false,
        _ when value.StartsWith("on", StringComparison.OrdinalIgnoreCase) => true,
        _ when value.StartsWith("of", StringComparison.OrdinalIgnoreCase) => false,
        _ => null,
    };

    // Unknown kernel command line parameters "hugepagez=4 foo", will be passed to user space.
    private static string[] Quoted(string text)
    {
        int first = text.IndexOf('"', StringComparison.Ordinal);
        int last = text.LastIndexOf('"');
        return first < 0 || last <= first ? [] : text[(first + 1)..last].Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }
}
