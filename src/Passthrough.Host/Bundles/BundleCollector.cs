using Passthrough.Host.Evidence;
using Passthrough.Host.Usage;

namespace Passthrough.Host.Bundles;

/// <summary>
/// Asks beyond what the model reads today, so that the checks of a later version find their evidence in an old bundle: the readable
/// attribute files of PCI functions, IOMMU units and groups and memory nodes.
/// </summary>
public static class BundleCollector
{
    private const int MaximumDepth = 3;

    /// <summary>Attributes of the PCI core and of NUMA nodes that are known to be readable: they need no look at their mode.</summary>
    private static readonly HashSet<string> KnownReadable = new(StringComparer.Ordinal)
    {
        "ari_enabled", "boot_vga", "broken_parity_status", "class", "config", "consistent_dma_mask_bits", "current_link_speed", "current_link_width",
        "d3cold_allowed", "device", "dma_mask_bits", "driver_override", "enable", "irq", "local_cpulist", "local_cpus", "max_link_speed",
        "max_link_width", "modalias", "msi_bus", "numa_node", "power_state", "reset_method", "resource", "revision", "secondary_bus_number",
        "sriov_drivers_autoprobe", "sriov_numvfs", "sriov_offset", "sriov_stride", "sriov_totalvfs", "sriov_vf_device", "sriov_vf_total_msix",
        "subordinate_bus_number", "subsystem_device", "subsystem_vendor", "uevent", "vendor",
        "control", "runtime_status", "runtime_active_time", "runtime_suspended_time", "runtime_enabled", "runtime_usage",
        "type", "reserved_regions", "name", "cap", "ecap", "features", "address", "version", "domains_supported", "domains_used",
        "cpulist", "cpumap", "distance", "meminfo", "numastat", "vmstat", "nr_hugepages", "free_hugepages", "surplus_hugepages",
    };

    /// <summary>Attributes of sleeping functions that the kernel answers from memory: a driver's own attributes may wake it.</summary>
    private static readonly HashSet<string> AnsweredAsleep = new(StringComparer.Ordinal)
    {
        "ari_enabled", "boot_vga", "broken_parity_status", "class", "consistent_dma_mask_bits", "d3cold_allowed", "device", "dma_mask_bits",
        "driver_override", "enable", "irq", "local_cpulist", "local_cpus", "modalias", "msi_bus", "numa_node", "power_state", "reset_method",
        "resource", "revision", "sriov_drivers_autoprobe", "sriov_numvfs", "sriov_totalvfs", "subsystem_device", "subsystem_vendor", "uevent", "vendor",
    };

    /// <summary>
    /// Never asked: commands and windows, what runs firmware code (label, index, acpi_index), and what tells one unit from another.
    /// </summary>
    private static readonly string[] NeverAsked =
    [
        "rom", "vpd", "remove", "rescan", "reset", "label", "index", "acpi_index", "new_id", "remove_id", "bind", "unbind",
        "unique_id", "uuid", "guid", "wwid", "autosuspend_delay_ms",
    ];

    private static readonly string[] Subfolders =
    [
        "power", "link", "msi_irqs", "vfio-dev", "devices", "intel-iommu", "amd-iommu", "arm-smmu-v3", "hugepages", "access0", "access1",
        "memory_side_cache",
    ];

    private static readonly string[] Links =
    [
        "driver", "iommu_group", "iommu", "subsystem", "physfn", "firmware_node", "module", "device", "of_node",
    ];

    /// <summary>Asks everything. The answers stand in the recorder that is given as the evidence.</summary>
    public static void AskBeyondModel(IEvidence evidence)
    {
        foreach (string parent in (string[])["/sys/bus/pci/devices", "/sys/class/iommu", "/sys/kernel/iommu_groups"])
        {
            foreach (string name in evidence.List(parent).Or([])!)
            {
                AskFolder(evidence, $"{parent}/{name}", isFunction: parent == "/sys/bus/pci/devices", depth: 0);
            }
        }

        foreach (string name in evidence.List("/sys/devices/system/node").Or([])!)
        {
            if (name.StartsWith("node", StringComparison.Ordinal))
            {
                AskFolder(evidence, "/sys/devices/system/node/" + name, isFunction: false, depth: 0);
            }
        }
    }

    private static void AskFolder(IEvidence evidence, string folder, bool isFunction, int depth)
    {
        // On a function that sleeps only the PCI core's own answers are taken.
        bool isAsleep = isFunction && depth == 0 && (evidence.ReadText(folder + "/power/runtime_status").Or("") is "suspended" or "suspending"
            || evidence.ReadText(folder + "/power_state").Or("") is "D3cold" or "D3hot");
        foreach (string name in evidence.List(folder).Or([])!)
        {
            string path = $"{folder}/{name}";
            if (Links.Contains(name) && !(name == "device" && isFunction) || name.StartsWith("virtfn", StringComparison.Ordinal))
            {
                _ = evidence.Ask(Question.Link(path));
            }
            else if (Subfolders.Contains(name) || IsRepeated(name))
            {
                // In these folders of names (the members of a unit or group) the entries are links.
                if (name == "devices")
                {
                    _ = evidence.Ask(Question.List(path));
                }
                else if (depth < MaximumDepth)
                {
                    AskFolder(evidence, path, isFunction: false, depth + 1);
                }
            }
            else if (IsWanted(name) && (!isAsleep || AnsweredAsleep.Contains(name) || name == "config") && IsReadable(evidence, path, name))
            {
                _ = evidence.Ask(Question.Read(path));
            }
        }
    }

    private static bool IsRepeated(string name) =>
        name.StartsWith("hugepages-", StringComparison.Ordinal)
        || (name.StartsWith("vfio", StringComparison.Ordinal) && name.Length > 4 && char.IsAsciiDigit(name[4]));

    private static bool IsWanted(string name) =>
        !NeverAsked.Contains(name) && !NeverRead.IsResourceWindow(name)
        && !name.Contains("serial", StringComparison.OrdinalIgnoreCase);

    /// <summary>A regular file that somebody may read: a write-only attribute is a command.</summary>
    private static bool IsReadable(IEvidence evidence, string path, string name)
    {
        if (KnownReadable.Contains(name))
        {
            return true;
        }

        // A tree cannot tell the mode; only what is known to be a readable file is taken from it.
        Answer status = evidence.Ask(Question.Query(Queries.StatPrefix + path));
        return status.IsFound
            && QueryContent.Value(status.Text, "type") == "file"
            && QueryContent.Octal(QueryContent.Value(status.Text, "mode") ?? "", out int mode) && (mode & 0x124) != 0;
    }
}
