namespace Passthrough.Diagnosis.Guide;

/// <summary>What guides get wrong about groups, devices, memory, interrupts, guests and tools.</summary>
internal static class DeviceErrors
{
    private const string Iommu = "IOMMU and groups";
    private const string Devices = "Devices";
    private const string Memory = "Memory, NUMA and interrupts";
    private const string Tools = "Guests, tools and reports";

    public static IReadOnlyList<GuideError> All { get; } =
    [
        new(9, Iommu, "/sys/class/iommu or /sys/kernel/iommu_groups exists, so the IOMMU works.",
            "The folders exist on kernels with IOMMU support whatever the hardware does, and VFIO without an IOMMU makes groups of its own, named vfio-noiommu.",
            "Count the entries, and leave out groups of that name.", "IOM-001", "IOM-002", "SEC-002"),
        new(12, Iommu, "Bind every device of the group to vfio-pci.",
            "Members without a driver, pci-stub and the drivers of ports and bridges do not stand in the way. A bridge must not be bound to vfio-pci.",
            "Take only the endpoints of the group from the host's drivers.", "GRP-001"),
        new(14, Iommu, "The group's type says identity, so VFIO cannot translate.",
            "The file shows the default domain of the host's own drivers. VFIO attaches a domain of its own. The log's words (Translated, Passthrough, lazy) are others than those of sysfs (DMA, identity, DMA-FQ).",
            "Leave the type alone, unless the host's own devices matter.", "IOM-005", "SEC-003"),
        new(18, Iommu, "vmx or svm in /proc/cpuinfo shows that VT-d or AMD-Vi is there.",
            "They are flags of the CPU's virtualisation, which has another switch in firmware. They do not show the IOMMU, nor whose it is.",
            "Look for a DMAR or IVRS table, and for units.", "FW-001", "FW-003"),
        new(24, Iommu, "Look at dmar0 to see what the IOMMU can do.",
            "Interrupt remapping, posting and page sizes are what the weakest unit offers: one unit without remapping takes it from all.",
            "Look at every unit.", "IRQ-001", "FW-004", "IOM-009"),
        new(10, Devices, "The device has a reset file, so it can do FLR.",
            "The file is there with any method of reset, also a bus reset that takes neighbours along.",
            "Read reset_method (Linux 5.15 and later), or the FLR bits of config space as root.", "RST-001"),
        new(17, Devices, "lspci shows no ACS, so there is none.",
            "Without privilege, config space ends after 64 bytes, and with it every capability. Root inside a container is not enough either.",
            "Look again as root on the host, and take \"not seen\" for what it is.", "ENV-001", "GRP-004"),
        new(33, Devices, "Put the device at bus 0, slot 5 of the guest.",
            "That comes from the old i440fx machine. On q35 a PCIe device belongs behind a root port, or it shows up as an integrated one without a link.",
            "Let libvirt choose the address, or give the device a pcie-root-port of its own.", "VIRT-003"),
        new(15, Memory, "numa_node is -1, so the device is on node 0.",
            "It means that firmware does not tell. On a machine with one node it does no harm. Writing the file taints the kernel.",
            "Find the node from the slot in the board's manual, and pin by that.", "NUM-001", "KRN-011"),
        new(16, Memory, "HugePages_Free in /proc/meminfo shows what a guest can have.",
            "It counts the default size alone, over all nodes. hugepages=N spreads over the nodes and makes up on one what another lacks.",
            "Read the pools of each node in /sys/devices/system/node, and ask with hugepages=NODE:N.", "HUG-001", "HUG-003"),
        new(32, Memory, "echo 8 > rps_cpus gives eight queues or CPU 8.",
            "The value is a hexadecimal mask: 8 is CPU 3. smp_affinity is such a mask too.",
            "Write masks knowingly, or use smp_affinity_list, which takes CPU numbers.", "IRQ-006"),
        new(27, Tools, "tuned's verify names the parameter that is wrong.",
            "Its script for real-time hosts can print the name of another parameter than the one it compared.",
            "Read the file in sysfs itself.", "CPU-007"),
        new(28, Tools, "Replace everything that looks like a MAC or IP address before sending a report.",
            "PCI addresses, ids, UUIDs and kernel versions look alike to such patterns; a report without them tells nothing.",
            "Use \"ptdiag bundle\", which takes out what is private and keeps addresses such as 0000:41:00.0.", "ENV-001"),
        new(29, Tools, "PCI dumps hold nothing private.",
            "Serial numbers stand in the VPD, in the Device Serial Number capability of lspci -vvv, in DMI, in disk links, and UUIDs and MACs in libvirt's XML.",
            "Look through what you send, or use \"ptdiag bundle\".", "FW-014"),
    ];
}
