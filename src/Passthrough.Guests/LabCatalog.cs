namespace Passthrough.Guests;

/// <summary>The machines of the lab, in the order they are listed.</summary>
public static partial class LabCatalog
{
    // Root port, then what is behind it. The firmware numbers the busses in the order of the ports: 01 and 02.
    private static readonly LabDevice[] s_eduAndNvme =
    [
        LabDevice.RootPort("port0", 4), LabDevice.Edu("port0"),
        LabDevice.RootPort("port1", 5), LabDevice.Nvme("port1", "lab0"),
    ];

    private static readonly LabMachine s_intel = new()
    {
        Name = "intel-healthy",
        Summary = "Intel VT-d with interrupt remapping; an edu device is bound to vfio-pci, an NVMe drive stays with the host.",
        Iommu = LabIommu.Intel,
        IommuOptions = "intremap=on,caching-mode=on",
        KernelArguments = ["intel_iommu=on"],
        Devices = s_eduAndNvme,
        Candidates = ["0000:01:00.0"],
        HostDrivers = ["nvme"],
        WaitFor = ["/dev/nvme0n1"],
    };

    private static readonly LabMachine s_amd = s_intel with
    {
        Name = "amd-healthy",
        Summary = "AMD-Vi with interrupt remapping; one NVMe drive is bound to vfio-pci, another stays with the host.",
        Iommu = LabIommu.Amd,
        IommuOptions = "intremap=on",
        CpuModel = "EPYC",
        KernelArguments = [],
        // Straight on the root bus: QEMU 7.2's amd-iommu knows a device by the bus number of the moment it is made, which is 0 behind
        // every port, so DMA from there is translated as another device's.
        // There an edu device has no reset at all; an NVMe drive has function-level reset.
        Devices = [LabDevice.Edu("pcie.0", "addr=4.0"), LabDevice.Nvme("pcie.0", "lab0", more: "addr=5.0"), LabDevice.Nvme("pcie.0", "lab1", more: "addr=6.0")],
        Candidates = ["0000:00:06.0"],
    };

    private static readonly LabMachine s_numa = s_intel with
    {
        Name = "numa",
        Summary = "Intel VT-d and two NUMA nodes with an edu device on each; both are bound to vfio-pci.",
        Cpus = 2,
        Nodes = 2,
        Devices = [.. EduPerNode()],
        Candidates = ["0000:41:00.0", "0000:81:00.0"],
        HostDrivers = [],
        WaitFor = [],
    };

    private static readonly LabMachine s_bench = s_numa with
    {
        Name = "bench-intel",
        Summary = "Intel VT-d for measuring: two nodes with an edu device on each, one NVMe drive on vfio-pci and one on the host's"
            + " driver; lazy, strict and identity domains can be had.",
        // With caching-mode=on Linux refuses lazy invalidation: "IOMMU batching disallowed due to virtualization".
        IommuOptions = "intremap=on,caching-mode=off",
        MemoryMebibytes = 4096,
        Devices =
        [
            LabDevice.RootPort("port0", 4), LabDevice.Nvme("port0", "lab0", 1024),
            LabDevice.RootPort("port1", 5), LabDevice.Nvme("port1", "lab1", 1024),
            .. EduPerNode(),
        ],
        Candidates = ["0000:01:00.0", "0000:41:00.0", "0000:81:00.0"],
        HostDrivers = ["nvme"],
        WaitFor = ["/dev/nvme0n1"],
    };

    /// <summary>All machines.</summary>
    public static IReadOnlyList<LabMachine> All { get; } =
    [
        s_amd,
        s_intel,
        s_numa,
        s_bench,
        s_amd with
        {
            Name = "bench-amd",
            Summary = "AMD-Vi for measuring: two nodes, an edu device and one NVMe drive on vfio-pci, one NVMe drive on the host's"
                + " driver; no device is near a node, and domains are always strict.",
            Cpus = 2,
            Nodes = 2,
            MemoryMebibytes = 4096,
            Devices =
            [
                LabDevice.Edu("pcie.0", "addr=4.0"),
                LabDevice.Nvme("pcie.0", "lab0", 1024, "addr=5.0"), LabDevice.Nvme("pcie.0", "lab1", 1024, "addr=6.0"),
            ],
            Candidates = ["0000:00:04.0", "0000:00:05.0"],
        },
        s_amd with
        {
            Name = "nested",
            Summary = "AMD-Vi with one processor and enough memory to run a KVM guest of its own with the edu device passed through.",
            MemoryMebibytes = 4096,
        },
        s_amd with
        {
            Name = "nested-bench",
            Summary = "AMD-Vi with two processors, as the host of a guest that is measured: an edu device and an NVMe drive for that guest, on the host's drivers at first.",
            Cpus = 2,
            MemoryMebibytes = 4096,
            KernelSeries = "6.1",
            CheckArguments = "--device 0000:00:05.0",
            Devices = [LabDevice.Edu("pcie.0", "addr=4.0"), LabDevice.Nvme("pcie.0", "lab0", 512, "addr=5.0")],
            Candidates = [],
        },
        s_intel with
        {
            Name = "network",
            Summary = "Intel VT-d with two processors and a network card on the host's driver, whose network reaches this host's loopback at 10.0.2.2.",
            Cpus = 2,
            Devices = [.. s_eduAndNvme, LabDevice.RootPort("port2", 6), LabDevice.Network("port2")],
            HostDrivers = ["nvme", "e1000e"],
        },
        .. PlatformFaults(),
        .. DeviceFaults(),
        .. RuntimeFaults(),
    ];

    /// <summary>The machines that the table of planted faults judges: the healthy ones of both vendors and every fault.</summary>
    public static IReadOnlyList<LabMachine> Judged { get; } =
        [.. All.Where(machine => !machine.IsHealthy || machine.Name is "amd-healthy" or "intel-healthy" or "numa")];

    /// <summary>The machine of that name, or null.</summary>
    public static LabMachine? Find(string name) => All.FirstOrDefault(machine => machine.Name == name);

    private static IEnumerable<LabDevice> EduPerNode() =>
    [
        LabDevice.HostBridge("node0", 8, 0x40, 0), LabDevice.RootPort("node0port", 0x10, "node0"), LabDevice.Edu("node0port"),
        LabDevice.HostBridge("node1", 9, 0x80, 1), LabDevice.RootPort("node1port", 0x11, "node1"), LabDevice.Edu("node1port"),
    ];
}
