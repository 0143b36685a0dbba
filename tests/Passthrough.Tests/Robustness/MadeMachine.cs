using System.Buffers.Binary;
using Passthrough.Host.Evidence;
using Passthrough.Tests.Host;

namespace Passthrough.Tests.Robustness;

/// <summary>
/// Machines made of text: a healthy server with a graphics card for a guest, and what can be wrong with one. The lab's machines are
/// virtual and mostly healthy; a verdict that hangs on a log line or a modprobe.d file shows only where there is one.
/// </summary>
internal static class MadeMachine
{
    public const string Gpu = "0000:41:00.0";
    private const string Sound = "0000:41:00.1";
    private const string Port = "0000:40:01.0";
    private const string Disk = "0000:01:00.0";
    private const string Release = "6.12.0-host";

    private static readonly Dictionary<string, Recipe> _machines = new(StringComparer.Ordinal)
    {
        ["healthy"] = new(static _ => { }),
        ["idle"] = new(static _ => { }, GpuDriver: "nouveau", SoundDriver: "snd_hda_intel"),
        ["refusals in the log"] = new(static tree =>
        {
            tree["/proc/sys/kernel/tainted"] = "64\n";
            tree["/var/log/dmesg"] = Log + """
            [   50.000000] DMAR: [DMA Read NO_PASID] Request device [41:00.0] fault addr 0x7cd80000 [fault reason 0x06] PTE Read access is not set
            [   51.000000] DMAR: [INTR-REMAP] Request device [41:00.0] fault index 0x10 [fault reason 0x25] Blocked a compatibility format interrupt request
            [   52.000000] vfio_pin_pages_remote: RLIMIT_MEMLOCK (65536) exceeded
            [   54.000000] vfio-pci 0000:41:00.0: Adding kernel taint for vfio-noiommu group on device
            [   55.000000] vfio_iommu_type1_attach_group: No interrupt remapping support.  Use the module param "allow_unsafe_interrupts" to enable VFIO IOMMU support on this platform
            [   56.000000] qemu-system-x86_64: VFIO_MAP_DMA failed: No space left on device
            [   57.000000] vfio-pci 0000:41:00.0: Unable to change power state from D3cold to D0, device inaccessible
            [   58.000000] vfio-pci 0000:41:00.0: not ready 65535ms after FLR; giving up
            [   59.000000] [Firmware Bug]: AMD-Vi: IOAPIC[4] not in IVRS table
            [   60.000000] vfio-pci 0000:41:00.0: BAR 1: can't reserve [mem 0xd0000000-0xdfffffff 64bit pref]
            [   61.000000] pcieport 0000:40:01.0: DPC: containment event, status:0x1f01 source:0x0000

            """;
        }),
        ["staged in modprobe.d"] = new(static tree =>
        {
            tree["/etc/modprobe.d/vfio.conf"] = "options vfio enable_unsafe_noiommu_mode=1\noptions vfio_iommu_type1 allow_unsafe_interrupts=1 dma_entry_limit=1000\noptions vfio-pci ids=10de:zzzz\nblacklist nouveau\n";
            tree["/etc/modules-load.d/vfio.conf"] = "vfio\nvfio_virqfd\nno_such_module\n";
            tree["/etc/modules"] = "vfio_virqfd\n";
        }),
        ["meant by modprobe.d alone"] = new(static tree => tree["/etc/modprobe.d/ids.conf"] = "options vfio-pci ids=10de:2204\n", GpuDriver: "nouveau"),
        ["meant by the command line alone"] = new(static tree =>
            CommandLine(tree, "quiet vfio-pci.ids=10de:2204 pcie_acs_override=downstream,multifunction"), GpuDriver: "nouveau"),
        ["meant by driver_override alone"] = new(static tree =>
        {
            tree[Folder(Gpu) + "/driver_override"] = "vfio-pci\n";
        }, GpuDriver: null),
        ["a disk in use"] = new(static tree => tree[Folder(Disk) + "/driver_override"] = "vfio-pci\n"),
        ["parameters on"] = new(static tree =>
        {
            tree["/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"] = "Y\n";
            tree["/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"] = "Y\n";
            tree["/sys/module/vfio_iommu_type1/parameters/dma_entry_limit"] = "100\n";
            tree["/sys/module/vfio_iommu_type1/parameters/disable_hugepages"] = "Y\n";
            tree["/proc/sys/kernel/tainted"] = "4160\n";
        }),
        ["hazards on the command line"] = new(static tree => CommandLine(tree,
            "intel_iommu=on,sm_of amd_iommu=on iommu=1 iommu=pt intremap=nosid iommu.strict=1 pci=nommconf,noats isolcpus=2-3 nohz_full=4-5 rcu_nocbs=1 irqaffinity=0-7 "
            + "vfio_iommu_type1.allow_unsafe_interrupts=1 vfio.enable_unsafe_noiommu_mode=1 hugepages=1000000 video=efifb:off mem_encrypt=on")),
        ["switched off"] = new(static tree =>
        {
            CommandLine(tree, "intel_iommu=off iommu=off nointremap");
            tree["/proc/interrupts"] = Interrupts.Replace("IR-", "", StringComparison.Ordinal);
        }, HasIommu: false),
        ["a sick device"] = new(static tree =>
        {
            string gpu = Folder(Gpu);
            tree["/var/log/dmesg"] = Log + "[   53.000000] vfio-pci 0000:41:00.0: Firmware has requested this device have a 1:1 IOMMU mapping, rejecting configuring the device without a 1:1 mapping. Contact your platform vendor.\n";
            tree[gpu + "/numa_node"] = "-1\n";
            tree[gpu + "/power/runtime_status"] = "suspended\n";
            tree[gpu + "/power_state"] = "D3cold\n";
            tree[gpu + "/d3cold_allowed"] = "1\n";
            tree[gpu + "/reset_method"] = "bus\n";
            tree[gpu + "/current_link_width"] = "4\n";
            tree[gpu + "/current_link_speed"] = "2.5 GT/s PCIe\n";
            tree[gpu + "/boot_vga"] = "1\n";
            tree[gpu + "/enable"] = "1\n";
            tree[gpu + "/broken_parity_status"] = "1\n";
            tree["/sys/kernel/iommu_groups/7/reserved_regions"] = "0x0000000070000000 0x000000007000ffff direct\n0x00000000fee00000 0x00000000feefffff msi\n";
            tree["/sys/kernel/iommu_groups/7/type"] = "identity\n";
            foreach (int cpu in Enumerable.Range(0, 4))
            {
                tree[$"/sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor"] = "powersave\n";
            }

            tree["/proc/irq/40/smp_affinity_list"] = "0\n";
            tree["/proc/irq/40/effective_affinity_list"] = "0\n";
            tree["/sys/devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages"] = "0\n";
        }, SoundDriver: "snd_hda_intel"),
        ["no remapping"] = new(static tree =>
        {
            tree["/proc/interrupts"] = Interrupts.Replace("IR-", "", StringComparison.Ordinal);
            tree["/var/log/dmesg"] = Log.Replace("DMAR-IR: Enabled IRQ remapping in x2apic mode", "DMAR-IR: IRQ remapping was disabled on dmar0", StringComparison.Ordinal);
        }),
        ["an old kernel"] = new(static tree =>
        {
            tree["/boot/config-" + Release] = "CONFIG_MODULES=y\nCONFIG_VFIO=m\n# CONFIG_VFIO_PCI is not set\nCONFIG_INTEL_IOMMU=n\nCONFIG_VFIO_NOIOMMU=y\n# CONFIG_IRQ_REMAP is not set\n";
            tree["/lib/modules/" + Release + "/modules.dep"] = "kernel/drivers/net/e1000.ko:\n";
            tree["/lib/modules/" + Release + "/modules.builtin"] = "kernel/drivers/e.ko\n";
            tree["/proc/modules"] = "e1000 1 0 - Live 0x0\n";
        }, GpuDriver: null, SoundDriver: null, HasIommu: false, HasModules: false),
    };

    private const string Interrupts = """
                       CPU0       CPU1       CPU2       CPU3
              1:          0          0          0          9  IR-IO-APIC    1-edge      i8042
             40:         10          0          0          0  IR-PCI-MSI-0000:41:00.0    0-edge      vfio-msi[0](0000:41:00.0)
             41:          0         10          0          0  IR-PCI-MSI-0000:01:00.0    0-edge      nvme0q0
            NMI:          0          0          0          0   Non-maskable interrupts
            PIN:          0          0          0          0   Posted-interrupt notification event

            """;

    private const string Log = """
            [    0.000000] Linux version 6.12.0-host (gcc) #1 SMP
            [    0.000000] Command line: quiet intel_iommu=on
            [    0.100000] Kernel command line: quiet intel_iommu=on
            [    0.200000] DMAR: DRHD base: 0x000000fed90000 flags: 0x1
            [    0.300000] DMAR-IR: Enabled IRQ remapping in x2apic mode
            [    1.000000] pci 0000:41:00.0: Adding to iommu group 7
            [    1.000000] pci 0000:41:00.1: Adding to iommu group 7

            """;

    /// <summary>Names of the machines.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. _machines.Keys];

    /// <summary>Makes one. What it does not hold is absent.</summary>
    public static IEvidence Make(string name)
    {
        Recipe recipe = _machines[name];
        TreeEvidence tree = Healthy(recipe);
        recipe.Change(tree);
        return new AsLive(tree);
    }

    private static TreeEvidence Healthy(Recipe recipe)
    {
        var tree = new TreeEvidence
        {
            ["/proc/sys/kernel/osrelease"] = Release + "\n",
            ["/proc/sys/kernel/tainted"] = "0\n",
            ["/proc/cpuinfo"] = string.Concat(Enumerable.Range(0, 4).Select(cpu =>
                $"processor\t: {cpu}\nvendor_id\t: GenuineIntel\nmodel name\t: Made CPU\nmicrocode\t: 0x1\nphysical id\t: 0\nflags\t\t: fpu vmx ept sse constant_tsc nonstop_tsc\n\n")),
            ["/proc/meminfo"] = "MemTotal:       67108864 kB\nMemAvailable:   60000000 kB\nHugePages_Total:    1024\nHugepagesize:       2048 kB\n",
            ["/proc/modules"] = "vfio_pci 1 0 - Live 0x0\nvfio_pci_core 1 1 vfio_pci, Live 0x0\nvfio_iommu_type1 1 0 - Live 0x0\nvfio 1 2 - Live 0x0\nkvm_intel 1 0 - Live 0x0\nkvm 1 1 kvm_intel, Live 0x0\n",
            ["/proc/interrupts"] = Interrupts,
            ["/proc/self/status"] = "Name:\tptdiag\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n",
            ["/proc/self/uid_map"] = "         0          0 4294967295\n",
            ["/proc/self/mountinfo"] = "22 1 259:2 / / rw,relatime - ext4 /dev/nvme0n1p2 rw\n",
            ["/proc/mounts"] = "/dev/nvme0n1p2 / ext4 rw 0 0\nhugetlbfs /dev/hugepages hugetlbfs rw 0 0\n",
            ["/proc/swaps"] = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n",
            ["/proc/net/route"] = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n",
            ["/proc/irq/default_smp_affinity"] = "f\n",
            ["/proc/irq/40/smp_affinity_list"] = "2-3\n",
            ["/proc/irq/40/effective_affinity_list"] = "2\n",
            ["/proc/irq/40/node"] = "1\n",
            ["/var/log/dmesg"] = recipe.HasIommu ? Log : Log[..Log.IndexOf("[    0.300000]", StringComparison.Ordinal)],
            ["/boot/config-" + Release] = "CONFIG_VFIO=m\nCONFIG_VFIO_PCI=m\nCONFIG_VFIO_GROUP=y\nCONFIG_VFIO_CONTAINER=y\nCONFIG_VFIO_IOMMU_TYPE1=m\nCONFIG_MODULES=y\nCONFIG_INTEL_IOMMU=y\nCONFIG_IOMMU_DEFAULT_DMA_LAZY=y\n# CONFIG_INTEL_IOMMU_DEFAULT_ON is not set\nCONFIG_AMD_IOMMU=y\nCONFIG_IRQ_REMAP=y\nCONFIG_X86_X2APIC=y\nCONFIG_HUGETLBFS=y\nCONFIG_KVM=m\nCONFIG_KVM_INTEL=m\n# CONFIG_VFIO_NOIOMMU is not set\n",
            ["/lib/modules/" + Release + "/modules.builtin"] = "kernel/drivers/iommu/iommu.ko\n",
            ["/lib/modules/" + Release + "/modules.dep"] = "kernel/drivers/vfio/pci/vfio-pci.ko: kernel/drivers/vfio/vfio.ko\nkernel/drivers/vfio/vfio.ko:\nkernel/drivers/vfio/vfio_iommu_type1.ko:\n",
            ["/sys/class/dmi/id/sys_vendor"] = "Maker\n",
            ["/sys/class/dmi/id/product_name"] = "Server\n",
            ["/sys/class/dmi/id/bios_vendor"] = "Maker\n",
            ["/sys/class/dmi/id/bios_version"] = "1.2\n",
            ["/sys/class/dmi/id/bios_date"] = "01/02/2026\n",
            ["/proc/iomem"] = "00001000-0009ffff : System RAM\nc0000000-dfffffff : PCI Bus 0000:40\n4000000000-7fffffffff : PCI Bus 0000:40\n",
            ["/sys/firmware/acpi/tables/FACP"] = "FACP",
            ["/etc/modprobe.d/own.conf"] = "# nothing\n",
            ["/sys/devices/system/cpu/online"] = "0-3\n",
            ["/sys/devices/system/cpu/isolated"] = "\n",
            ["/sys/devices/system/cpu/smt/active"] = "0\n",
            ["/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"] = "1024\n",
            ["/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"] = "1024\n",
            ["/sys/kernel/mm/hugepages/hugepages-2048kB/surplus_hugepages"] = "0\n",
            ["/sys/kernel/mm/transparent_hugepage/enabled"] = "always [madvise] never\n",
            ["/sys/class/net/lo/queues/rx-0/rps_cpus"] = "0\n",
            ["/dev/vfio/7"] = "",
            ["/dev/vfio/vfio"] = "",
        };
        tree.Folder("/sys/module/e1000");
        if (recipe.HasModules)
        {
            foreach (string module in (string[])["kvm", "kvm_intel", "vfio_pci_core"])
            {
                tree.Folder("/sys/module/" + module);
            }

            tree["/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"] = "N\n";
            tree["/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"] = "N\n";
            tree["/sys/module/vfio_iommu_type1/parameters/dma_entry_limit"] = "65535\n";
            tree["/sys/module/vfio_iommu_type1/parameters/disable_hugepages"] = "N\n";
            tree["/sys/module/kvm_intel/parameters/enable_apicv"] = "Y\n";
            tree["/sys/module/vfio_pci/parameters/disable_idle_d3"] = "N\n";
        }

        tree.Folder("/sys/class/iommu");
        tree.Folder("/sys/kernel/iommu_groups");
        if (recipe.HasIommu)
        {
            tree["/sys/class/iommu/dmar0/intel-iommu/cap"] = "8d2078c106f0466\n";
            tree["/sys/class/iommu/dmar0/intel-iommu/ecap"] = "f020df\n";
            tree["/sys/class/iommu/dmar0/intel-iommu/address"] = "fed90000\n";
        }

        CommandLine(tree, "quiet intel_iommu=on");
        tree.Set("/sys/firmware/acpi/tables/DMAR", Answer.Of(Dmar()));
        foreach (int node in (int[])[0, 1])
        {
            string folder = $"/sys/devices/system/node/node{node}";
            tree[folder + "/cpulist"] = node == 0 ? "0-1\n" : "2-3\n";
            tree[folder + "/meminfo"] = $"Node {node} MemTotal:       33554432 kB\nNode {node} MemFree:        30000000 kB\n";
            tree[folder + "/distance"] = node == 0 ? "10 21\n" : "21 10\n";
            tree[folder + "/hugepages/hugepages-2048kB/nr_hugepages"] = "512\n";
            tree[folder + "/hugepages/hugepages-2048kB/free_hugepages"] = "512\n";
            tree[folder + "/hugepages/hugepages-2048kB/surplus_hugepages"] = "0\n";
        }

        foreach (int cpu in Enumerable.Range(0, 4))
        {
            string folder = $"/sys/devices/system/cpu/cpu{cpu}";
            tree[folder + "/topology/physical_package_id"] = "0\n";
            tree[folder + "/topology/core_id"] = $"{cpu}\n";
            tree[folder + "/topology/thread_siblings_list"] = $"{cpu}\n";
            tree[folder + "/cpufreq/scaling_governor"] = "performance\n";
            tree[folder + "/cpufreq/scaling_driver"] = "intel_cpufreq\n";
        }

        Function(tree, recipe, Port, "0x060400", "0x8086", "0x2030", "6", bridge: true);
        Function(tree, recipe, Gpu, "0x030000", "0x10de", "0x2204", "7");
        Function(tree, recipe, Sound, "0x040300", "0x10de", "0x1aef", "7");
        Function(tree, recipe, Disk, "0x010802", "0x144d", "0xa808", "3");
        Bind(tree, Port, "pcieport");
        Bind(tree, Gpu, recipe.GpuDriver);
        Bind(tree, Sound, recipe.SoundDriver);
        Bind(tree, Disk, "nvme");
        tree.Link("/sys/class/block/nvme0n1", $"../../devices/pci0000:00/{Disk}/nvme/nvme0/nvme0n1");
        tree.Link("/sys/class/block/nvme0n1p2", $"../../devices/pci0000:00/{Disk}/nvme/nvme0/nvme0n1/nvme0n1p2");
        tree.Link("/sys/dev/block/259:2", $"../../devices/pci0000:00/{Disk}/nvme/nvme0/nvme0n1/nvme0n1p2");
        return tree;
    }

    // The log names the command line too, and would contradict.
    private static void CommandLine(TreeEvidence tree, string text)
    {
        tree["/proc/cmdline"] = text + "\n";
        tree["/var/log/dmesg"] = tree.Ask(Question.Read("/var/log/dmesg")).Text.Replace("quiet intel_iommu=on", text, StringComparison.Ordinal);
    }

    private static void Function(TreeEvidence tree, Recipe recipe, string address, string classCode, string vendor, string device, string group, bool bridge = false)
    {
        string real = Folder(address);
        tree.Link("/sys/bus/pci/devices/" + address, $"../../..{real[4..]}");
        tree[real + "/class"] = classCode + "\n";
        tree[real + "/vendor"] = vendor + "\n";
        tree[real + "/device"] = device + "\n";
        tree[real + "/subsystem_vendor"] = vendor + "\n";
        tree[real + "/subsystem_device"] = "0x0001\n";
        tree[real + "/revision"] = "0x01\n";
        tree[real + "/numa_node"] = "1\n";
        tree[real + "/local_cpulist"] = "2-3\n";
        tree[real + "/driver_override"] = "(null)\n";
        tree[real + "/reset_method"] = "flr bus\n";
        tree[real + "/power/runtime_status"] = "active\n";
        tree[real + "/power_state"] = "D0\n";
        tree[real + "/d3cold_allowed"] = "0\n";
        tree[real + "/current_link_speed"] = "16.0 GT/s PCIe\n";
        tree[real + "/max_link_speed"] = "16.0 GT/s PCIe\n";
        tree[real + "/current_link_width"] = "16\n";
        tree[real + "/max_link_width"] = "16\n";
        tree[real + "/enable"] = "1\n";
        tree[real + "/broken_parity_status"] = "0\n";
        tree[real + "/consistent_dma_mask_bits"] = "64\n";
        tree[real + "/msi_bus"] = "1\n";
        tree[real + "/boot_vga"] = "0\n";
        tree[real + "/resource"] = "0x00000000d0000000 0x00000000dfffffff 0x0000000000040200\n";
        tree[real + "/modalias"] = "pci:v0d0\n";
        tree[real + "/irq"] = "0\n";
        tree.Link(real + "/subsystem", "../../../bus/pci");
        tree.Set(real + "/config", Answer.Of(Config(vendor, device, classCode, bridge)));
        if (!recipe.HasIommu)
        {
            return;
        }

        tree.Link(real + "/iommu_group", "../../../kernel/iommu_groups/" + group);
        tree.Link(real + "/iommu", "../../virtual/iommu/dmar0");
        tree[$"/sys/kernel/iommu_groups/{group}/type"] = "DMA-FQ\n";
        tree[$"/sys/kernel/iommu_groups/{group}/reserved_regions"] = "0x00000000fee00000 0x00000000feefffff msi\n";
        tree.Link($"/sys/kernel/iommu_groups/{group}/devices/{address}", $"../../../..{real[4..]}");
    }

    // A tree in memory is written at the real place; links lead there.
    private static string Folder(string address) => address switch
    {
        Port => "/sys/devices/pci0000:40/" + Port,
        Disk => "/sys/devices/pci0000:00/" + Disk,
        _ => $"/sys/devices/pci0000:40/{Port}/{address}",
    };

    private static void Bind(TreeEvidence tree, string address, string? driver)
    {
        string folder = Folder(address);
        string Id(string name) => tree.Ask(Question.Read(folder + "/" + name)).Text.Trim()[2..].ToUpperInvariant();
        tree[folder + "/uevent"] = (driver is null ? "" : $"DRIVER={driver}\n") + $"PCI_CLASS={tree.Ask(Question.Read(folder + "/class")).Text.Trim()[2..].TrimStart('0')}\nPCI_ID={Id("vendor")}:{Id("device")}\nPCI_SUBSYS_ID={Id("subsystem_vendor")}:{Id("subsystem_device")}\nPCI_SLOT_NAME={address}\nMODALIAS=pci:v0d0\n";
        if (driver is not null)
        {
            tree.Link(folder + "/driver", "../../../bus/pci/drivers/" + driver);
        }
    }

    // Type 0 or 1 header; PCI Express at 0x40 with FLR; ACS at 0x100. Source: PCI Express Base Specification.
    private static byte[] Config(string vendor, string device, string classCode, bool bridge)
    {
        byte[] bytes = new byte[4096];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, Convert.ToUInt16(vendor, 16));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), Convert.ToUInt16(device, 16));
        bytes[6] = 0x10;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), (Convert.ToUInt32(classCode, 16) << 8) | 1);
        bytes[0x0e] = (byte)(bridge ? 1 : 0x80);
        bytes[0x19] = bytes[0x1a] = (byte)(bridge ? 0x41 : 0);
        bytes[0x34] = 0x40;
        bytes[0x40] = 0x10;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(0x42), (ushort)(bridge ? 0x0042 : 0x0002));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(0x44), 1u << 28);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(0x100), 0x0001_000d);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(0x104), bridge ? 0x001d_005fu : 0);
        return bytes;
    }

    // DMAR with interrupt remapping and one unit for everything. Source: VT-d specification, 8.1 and 8.3.
    private static byte[] Dmar()
    {
        byte[] table = new byte[64];
        "DMAR"u8.CopyTo(table);
        table[4] = 64;
        table[8] = 1;
        table[36] = 46;
        table[37] = 1;
        table[50] = 16;
        table[52] = 1;
        BinaryPrimitives.WriteUInt64LittleEndian(table.AsSpan(56), 0xfed90000);
        table[9] = (byte)-table.Aggregate(0, (sum, value) => sum + value);
        return table;
    }

    /// <summary>How a machine differs from the healthy one.</summary>
    private sealed record Recipe(Action<TreeEvidence> Change, string? GpuDriver = "vfio-pci", string? SoundDriver = "vfio-pci", bool HasIommu = true, bool HasModules = true);

    private sealed class AsLive(IEvidence inner) : IEvidence
    {
        public SourceKind Kind => SourceKind.Live;

        public string DisplayName => "a made machine";

        public Answer Ask(Question question) => question.Verb != Verb.Query ? inner.Ask(question) : question.Path switch
        {
            Queries.Kvm => inner.Ask(Question.Read("/proc/modules")).Text.Contains("kvm_intel", StringComparison.Ordinal) ? Answer.Of("api=12\n") : Answer.Absent,
            Queries.MemoryLock => Answer.Of("soft=8388608\nhard=8388608\n"),
            Queries.VfioHolders => Answer.Of("unseen=0\n"),
            Queries.User => Answer.Of("euid=0\n"),
            _ when question.Path.StartsWith("stat:", StringComparison.Ordinal) => Answer.Of("mode=666\n"),
            _ => Answer.Absent,
        };
    }
}
