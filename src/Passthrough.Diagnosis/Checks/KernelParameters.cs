using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>
/// What the command line's IOMMU parameters do, read as the kernel reads them: each parameter is a comma list whose
/// options are compared by prefix, tokens of one name add up in order.
/// Sources: drivers/iommu/intel/iommu.c (intel_iommu_setup), drivers/iommu/amd/init.c (parse_amd_iommu_options),
/// arch/x86/kernel/pci-dma.c (iommu_setup), drivers/iommu/irq_remapping.c (setup_irqremap).
/// </summary>
internal sealed record KernelParameters
{
    /// <summary>The token whose <c>off</c> stops the Intel driver; null when none does or a later <c>on</c> takes it back.</summary>
    public string? IntelOff { get; private init; }

    /// <summary>The token whose <c>on</c> starts the Intel driver and is not taken back.</summary>
    public string? IntelOn { get; private init; }

    /// <summary>The token that stops the AMD driver; nothing takes it back.</summary>
    public string? AmdOff { get; private init; }

    /// <summary>The <c>iommu=off</c> token, which stops both x86 drivers.</summary>
    public string? IommuOff { get; private init; }

    /// <summary>The token that stops interrupt remapping (<c>intremap=off</c>, <c>nointremap</c>) and is not taken back.</summary>
    public string? InterruptRemappingOff { get; private init; }

    /// <summary>The token that keeps ACPI tables from the kernel.</summary>
    public string? AcpiOff { get; private init; }

    /// <summary>Reads a command line; null when it is not known.</summary>
    public static KernelParameters? Of(HostModel model) =>
        model.Kernel.CommandLine.IsKnown ? Of(model.Kernel.CommandLine.Value!) : null;

    /// <summary>Reads a command line.</summary>
    public static KernelParameters Of(KernelCommandLine line)
    {
        string? intelOff = null, intelOn = null, amdOff = null, iommuOff = null, remapOff = null;
        foreach (CommandLineToken token in line.Tokens)
        {
            foreach (string option in Options(token))
            {
                if (token.Is("intel_iommu") && Starts(option, "on"))
                {
                    (intelOn, intelOff) = (token.Text, null);
                }
                else if (token.Is("intel_iommu") && Starts(option, "off"))
                {
                    (intelOn, intelOff) = (null, token.Text);
                }
                else if (token.Is("amd_iommu") && Starts(option, "off"))
                {
                    amdOff ??= token.Text;
                }
                else if (token.Is("iommu") && Starts(option, "off"))
                {
                    iommuOff ??= token.Text;
                }
                else if (token.Is("intremap") && Starts(option, "on"))
                {
                    remapOff = null;
                }
                else if (token.Is("intremap") && Starts(option, "off"))
                {
                    remapOff = token.Text;
                }
            }

            if (token.Is("nointremap"))
            {
                remapOff = token.Text;
            }
        }

        return new KernelParameters
        {
            IntelOff = intelOff,
            IntelOn = intelOn,
            AmdOff = amdOff,
            IommuOff = iommuOff,
            InterruptRemappingOff = remapOff,
            AcpiOff = line.Named("acpi").FirstOrDefault(token => token.Value == "off")?.Text,
        };
    }

    /// <summary>The options of one token.</summary>
    public static IReadOnlyList<string> Options(CommandLineToken token) => token.Value?.Split(',') ?? [];

    /// <summary>The kernel's strncmp: what follows the option's name does not matter.</summary>
    public static bool Starts(string option, string name) => option.StartsWith(name, StringComparison.Ordinal);

    /// <summary>The first known option that this text begins with, as the kernel tries them in order; null when none fits.</summary>
    public static string? Match(string option, IEnumerable<string> known) => known.FirstOrDefault(name => Starts(option, name));
}
