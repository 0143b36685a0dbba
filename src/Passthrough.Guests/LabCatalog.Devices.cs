namespace Passthrough.Guests;

/// <content>Faults of groups, devices and nodes.</content>
public static partial class LabCatalog
{
    private static IEnumerable<LabMachine> DeviceFaults() =>
    [
        s_intel with
        {
            Name = "shared-group",
            Mend = "--device 0000:02:01.0 --only GRP-001",
            Summary = "The candidate shares its IOMMU group with a network card on the host's driver, behind a PCI bridge.",
            Devices =
            [
                LabDevice.RootPort("port0", 4), new LabDevice("pcie-pci-bridge,id=bridge0,bus=port0"),
                LabDevice.Edu("bridge0", "addr=1.0"), new LabDevice("e1000,bus=bridge0,addr=2.0"),
            ],
            Candidates = ["0000:02:01.0"],
            HostDrivers = ["e1000"],
            WaitFor = [],
            ExpectedCause = "groups",
            ExpectedFindings = ["GRP-001"],
            ExpectedVerdict = "fail",
        },
        s_intel with
        {
            Name = "no-acs-port",
            Mend = "--device 0000:01:00.0 --only GRP-001",
            Summary = "The candidate is one function of a card behind a root port without ACS; the other is a network card on the host's driver.",
            Devices =
            [
                LabDevice.RootPort("port0", 4, more: "disable-acs=on"),
                LabDevice.Edu("port0", "addr=0.0,multifunction=on"), new LabDevice("e1000e,bus=port0,addr=0.1"),
            ],
            HostDrivers = ["e1000e"],
            WaitFor = [],
            ExpectedCause = "groups",
            ExpectedFindings = ["GRP-001"],
            ExpectedVerdict = "fail",
        },
        s_intel with
        {
            Name = "multifunction",
            Mend = "--device 0000:00:0a.0 --only GRP-001",
            Summary = "The candidate is one function of a card on the root bus; the other is a network card on the host's driver.",
            Devices = [LabDevice.Nvme("pcie.0", "lab0", more: "addr=a.0,multifunction=on"), new LabDevice("e1000,bus=pcie.0,addr=a.1")],
            Candidates = ["0000:00:0a.0"],
            HostDrivers = ["e1000"],
            WaitFor = [],
            ExpectedCause = "groups",
            ExpectedFindings = ["GRP-001"],
            ExpectedVerdict = "fail",
        },
        s_intel with
        {
            Name = "no-reset",
            Summary = "The candidate has no reset of any kind.",
            Devices = [LabDevice.Edu("pcie.0", "addr=a.0")],
            Candidates = ["0000:00:0a.0"],
            HostDrivers = [],
            WaitFor = [],
            ExpectedFindings = ["RST-001"],
        },
        s_numa with
        {
            Name = "node-unknown",
            Summary = "Two memory nodes, and a candidate of which firmware does not say which is near.",
            Devices = [LabDevice.Nvme("pcie.0", "lab0", more: "addr=a.0")],
            Candidates = ["0000:00:0a.0"],
            ExpectedFindings = ["NUM-001"],
        },
        s_sriov with
        {
            Name = "vf-probing",
            Mend = "--device 0000:01:00.1 --only SRV-006",
            Summary = "Virtual functions for guests, which the host's own driver takes as soon as they appear.",
            Plant = "echo 1 >/sys/bus/pci/devices/0000:01:00.0/sriov_drivers_autoprobe; echo 2 >/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs",
            Undo = "echo 0 >/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs",
            CheckArguments = "--device 0000:01:00.1",
            ExpectedFindings = ["SRV-006"],
            ExpectedVerdict = "note",
        },
        s_sriov with
        {
            Name = "vf-shared",
            Summary = "Virtual functions that share a group with their physical function, behind a root port without ACS.",
            Devices = [.. SriovDrive("disable-acs=on")],
            Plant = "echo 0 >/sys/bus/pci/devices/0000:01:00.0/sriov_drivers_autoprobe; echo 2 >/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs",
            Undo = "echo 0 >/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs",
            CheckArguments = "--device 0000:01:00.1",
            ExpectedCause = "groups",
            ExpectedFindings = ["SRV-005"],
        },
    ];

    private static LabMachine s_sriov => s_intel with
    {
        Name = "sriov",
        Summary = "Intel VT-d and an NVMe drive with SR-IOV on the host's driver.",
        Devices = [.. SriovDrive(null)],
        Candidates = [],
        WaitFor = ["/dev/nvme0"],
    };

    private static LabDevice[] SriovDrive(string? port) =>
    [
        LabDevice.RootPort("port0", 4, more: port), new LabDevice("nvme-subsys,id=subsystem0"),
        new LabDevice("nvme,serial=lab0,subsys=subsystem0,bus=port0,sriov_max_vfs=4,sriov_vq_flexible=8,sriov_vi_flexible=8,max_ioqpairs=10,msix_qsize=12"),
    ];
}
