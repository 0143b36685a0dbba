using System.Collections.Concurrent;

namespace Passthrough.Host.Evidence;

/// <summary>
/// Decides when a path that is missing from a tree is absent from the machine. A tree is absent-minded: most hold only
/// the files that somebody chose. So a missing path is absent only where a witness says that the tree is whole there:
/// <list type="bullet">
/// <item>on the disk of an installed system (it holds /usr and /etc/passwd or /etc/os-release): below top-level folders that are not empty,
/// other than /proc, /sys, /dev and /run, which no disk holds;</item>
/// <item>in the folder of a PCI function that holds <c>uevent</c>, the <c>subsystem</c> link and two attributes
/// that only a copy of the whole folder takes along;</item>
/// <item>in the folder of another device that holds <c>uevent</c>, <c>subsystem</c> and <c>power</c>;</item>
/// <item>in the folder of an IOMMU group that holds <c>devices</c>, <c>type</c> and <c>reserved_regions</c>.</item>
/// </list>
/// </summary>
internal sealed class TreeKnowledge(Func<string, string[]?> list)
{
    private static readonly string[] KernelFolders = ["proc", "sys", "dev", "run"];
    private static readonly string[] WholeFunction = ["uevent", "subsystem", "broken_parity_status", "consistent_dma_mask_bits"];
    private static readonly string[] WholeDevice = ["uevent", "subsystem", "power"];
    private static readonly string[] WholeGroup = ["devices", "type", "reserved_regions"];
    private readonly ConcurrentDictionary<string, bool> _whole = new(StringComparer.Ordinal);
    private readonly Lazy<bool> _isInstalledSystem = new(() =>
        list("/usr") is { Length: > 0 } && list("/etc") is { } etc && (etc.Contains("passwd") || etc.Contains("os-release")));

    /// <summary>True when this missing path (resolved inside the tree) is known not to exist on the machine.</summary>
    public bool IsAbsent(string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 2)
        {
            return false;
        }

        if (!KernelFolders.Contains(parts[0]))
        {
            return _isInstalledSystem.Value && list("/" + parts[0]) is { Length: > 0 };
        }

        string folder = path[..path.LastIndexOf('/')];
        return parts[0] == "sys" && _whole.GetOrAdd(folder, static (key, self) => self.IsWhole(key), this);
    }

    private bool IsWhole(string folder)
    {
        if (list(folder) is not { Length: > 0 } names)
        {
            return false;
        }

        string name = folder[(folder.LastIndexOf('/') + 1)..];
        string[] witnesses = folder.StartsWith("/sys/kernel/iommu_groups/", StringComparison.Ordinal) ? WholeGroup
            : Pci.PciAddress.TryParse(name, out _) ? WholeFunction
            : WholeDevice;
        return witnesses.All(names.Contains);
    }
}
