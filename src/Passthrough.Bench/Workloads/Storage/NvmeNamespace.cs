using System.Text.RegularExpressions;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads.Storage;

/// <summary>An NVMe namespace that the kernel's own driver serves: what is read from, and where its witnesses stand.</summary>
/// <param name="Path">Block device, /dev/nvme0n1.</param>
/// <param name="Controller">Its controller's name, nvme0, which its interrupts carry.</param>
/// <param name="Function">The controller's PCI function; null when it is not behind PCI.</param>
/// <param name="Bytes">Size.</param>
/// <param name="LogicalBlock">Smallest unit of a direct read, bytes.</param>
internal sealed partial record NvmeNamespace(string Path, string Controller, PciAddress? Function, long Bytes, int LogicalBlock)
{
    private const string Controllers = "/sys/class/nvme";

    /// <summary>Finds the namespace that a parameter names: a block path, a PCI function, or "first".</summary>
    public static NvmeNamespace Find(ISystemCalls system, string wanted)
    {
        bool byFunction = PciAddress.TryParse(wanted, out PciAddress function);
        if (system.List(Controllers, out IReadOnlyList<string> controllers) < 0)
        {
            controllers = [];
        }

        foreach (string controller in controllers.OrderBy(name => name.Length).ThenBy(name => name, StringComparer.Ordinal))
        {
            string folder = $"{Controllers}/{controller}";
            PciAddress? behind = PciAddress.TryParse(system.ReadLinkName(folder + "/device"), out PciAddress address) ? address : null;
            if (byFunction && behind != function)
            {
                continue;
            }

            _ = system.List(folder, out IReadOnlyList<string> entries);
            foreach (string entry in entries)
            {
                Match match = NamespaceName().Match(entry);
                // With multipath the controller holds nvme0c1n1 and the device to open is nvme0n1.
                string path = $"/dev/nvme{match.Groups[1].Value}n{match.Groups[2].Value}";
                if (match.Success && (byFunction || wanted == ParameterSet.First || wanted == path))
                {
                    return Measured(system, path, controller, behind);
                }
            }
        }

        throw new BenchException(wanted == ParameterSet.First
            ? "there is no NVMe namespace on this machine that the nvme driver serves."
            : $"\"{wanted}\" is neither an NVMe block device such as /dev/nvme0n1 nor a PCI function whose namespace the nvme driver serves.");
    }

    /// <summary>The controller behind a namespace's kernel name (nvme0n1, nvme0n1p2), as far as a namespace of it can be found.</summary>
    public static NvmeNamespace? Behind(ISystemCalls system, string name)
    {
        Match match = PartOfNamespace().Match(name);
        try
        {
            return match.Success ? Find(system, "/dev/" + match.Groups[1].Value) : null;
        }
        catch (BenchException)
        {
            return null;
        }
    }

    private static NvmeNamespace Measured(ISystemCalls system, string path, string controller, PciAddress? function)
    {
        string folder = "/sys/class/block/" + path["/dev/".Length..];
        // The size file counts units of 512 bytes whatever the device's own block is.
        long bytes = system.ReadNumber(folder + "/size") * 512
            ?? throw new BenchException($"the size of {path} could not be read from {folder}/size.");
        int block = (int)(system.ReadNumber(folder + "/queue/logical_block_size") ?? 512);
        return new NvmeNamespace(path, controller, function, bytes, block);
    }

    [GeneratedRegex(@"^nvme(\d+)(?:c\d+)?n(\d+)$", RegexOptions.CultureInvariant)]
    private static partial Regex NamespaceName();

    [GeneratedRegex(@"^(nvme\d+n\d+)(?:p\d+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex PartOfNamespace();
}
