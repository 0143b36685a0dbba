using System.Globalization;

namespace Passthrough.Benchmarks;

/// <summary>
/// A large server as a folder of files: PCI functions behind root ports (one function a port, every tenth port a bus of eight virtual functions'
/// worth of siblings), each in a group, 256 CPUs, 8 nodes. The attributes are those that the kernel shows, in its own form.
/// </summary>
internal static class GeneratedTree
{
    private const int Cpus = 256;
    private const int Nodes = 8;

    /// <summary>Writes the tree below a folder that does not exist yet.</summary>
    public static void Write(string root, int functions)
    {
        Put(root, "proc/sys/kernel/osrelease", "6.12.0-large\n");
        Put(root, "proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz quiet intel_iommu=on iommu=pt\n");
        Put(root, "proc/cpuinfo", string.Concat(Enumerable.Range(0, Cpus).Select(cpu => string.Create(CultureInfo.InvariantCulture,
            $"processor\t: {cpu}\nvendor_id\t: GenuineIntel\nmodel name\t: Large\nphysical id\t: {cpu / 32}\nflags\t\t: fpu vmx ept\n\n"))));
        Put(root, "proc/meminfo", "MemTotal:       1073741824 kB\nMemAvailable:   1000000000 kB\nHugepagesize:       2048 kB\n");
        Put(root, "sys/devices/system/cpu/online", "0-255\n");
        for (int node = 0; node < Nodes; node++)
        {
            string folder = string.Create(CultureInfo.InvariantCulture, $"sys/devices/system/node/node{node}/");
            Put(root, folder + "cpulist", string.Create(CultureInfo.InvariantCulture, $"{node * 32}-{(node * 32) + 31}\n"));
            Put(root, folder + "distance", string.Join(' ', Enumerable.Range(0, Nodes).Select(other => other == node ? 10 : 21)) + "\n");
            Put(root, folder + "meminfo", string.Create(CultureInfo.InvariantCulture, $"Node {node} MemTotal:       134217728 kB\nNode {node} MemFree:        100000000 kB\n"));
        }

        for (int cpu = 0; cpu < Cpus; cpu++)
        {
            string folder = string.Create(CultureInfo.InvariantCulture, $"sys/devices/system/cpu/cpu{cpu}/topology/");
            Put(root, folder + "thread_siblings_list", string.Create(CultureInfo.InvariantCulture, $"{cpu}\n"));
            Put(root, folder + "core_id", string.Create(CultureInfo.InvariantCulture, $"{cpu}\n"));
            Put(root, folder + "physical_package_id", string.Create(CultureInfo.InvariantCulture, $"{cpu / 32}\n"));
        }

        Directory.CreateDirectory(Path.Combine(root, "sys/bus/pci/devices"));
        for (int number = 0; number < functions; number++)
        {
            // 31 devices of 8 functions on each of 255 busses of a domain.
            int domain = number / (31 * 8 * 255), rest = number % (31 * 8 * 255);
            string address = string.Create(CultureInfo.InvariantCulture, $"{domain:x4}:{rest / 248:x2}:{rest % 248 / 8:x2}.{rest % 8}");
            string bus = address[..7];
            string folder = $"sys/devices/pci{bus}/{address}/";
            WriteFunction(root, folder, address, number);
            File.CreateSymbolicLink(Path.Combine(root, "sys/bus/pci/devices", address), $"../../../devices/pci{bus}/{address}");
            string group = string.Create(CultureInfo.InvariantCulture, $"sys/kernel/iommu_groups/{number}/");
            Put(root, group + "type", "DMA-FQ\n");
            Put(root, group + "reserved_regions", "0x00000000fee00000 0x00000000feefffff msi\n");
            Directory.CreateDirectory(Path.Combine(root, group, "devices"));
            File.CreateSymbolicLink(Path.Combine(root, group, "devices", address), $"../../../../devices/pci{bus}/{address}");
        }
    }

    private static void WriteFunction(string root, string folder, string address, int number)
    {
        (string Name, string Text)[] attributes =
        [
            ("vendor", "0x8086\n"), ("device", "0x1889\n"), ("subsystem_vendor", "0x8086\n"), ("subsystem_device", "0x0000\n"), ("class", "0x020000\n"),
            ("revision", "0x02\n"), ("irq", "0\n"), ("resource", "0x0000380000000000 0x000038000001ffff 0x000000000014220c\n"), ("driver_override", "(null)\n"),
            ("numa_node", string.Create(CultureInfo.InvariantCulture, $"{number % Nodes}\n")), ("local_cpulist", "0-31\n"), ("reset_method", "flr bus\n"),
            ("power_state", "D0\n"), ("d3cold_allowed", "1\n"), ("uevent", $"DRIVER=iavf\nPCI_CLASS=20000\nPCI_ID=8086:1889\nPCI_SUBSYS_ID=8086:0000\nPCI_SLOT_NAME={address}\nMODALIAS=pci:v00008086d00001889sv00008086sd00000000bc02sc00i00\n"),
        ];
        foreach ((string name, string text) in attributes)
        {
            Put(root, folder + name, text);
        }

        Put(root, folder + "power/runtime_status", "active\n");
        File.WriteAllBytes(Path.Combine(root, folder, "config"), new byte[256]);
        File.CreateSymbolicLink(Path.Combine(root, folder, "driver"), "../../../bus/pci/drivers/iavf");
        File.CreateSymbolicLink(Path.Combine(root, folder, "subsystem"), "../../../bus/pci");
        File.CreateSymbolicLink(Path.Combine(root, folder, "iommu_group"), string.Create(CultureInfo.InvariantCulture, $"../../../kernel/iommu_groups/{number}"));
    }

    private static void Put(string root, string path, string text)
    {
        string full = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
