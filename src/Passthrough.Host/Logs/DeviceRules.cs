using static Passthrough.Host.Logs.LogEventKind;

namespace Passthrough.Host.Logs;

/// <summary>
/// Lines about devices: VFIO, groups, BARs, SR-IOV, power and reset; from the kernel (drivers/vfio, drivers/pci), QEMU, DPDK,
/// systemd and modprobe. The first rule that matches wins.
/// </summary>
internal static class DeviceRules
{
    /// <summary>The rules in order.</summary>
    public static readonly LogRule[] All =
    [
        new(VfioNoInterruptRemapping, "VFIO refused the device because the platform does not isolate its interrupts.",
            ["IRQ-001", "SEC-001"], "No interrupt remapping support"),
        new(VfioNoInterruptRemapping, "The platform does not isolate the device's interrupts; it is used because unsafe interrupts are allowed.",
            ["IRQ-001", "SEC-001"], "MSI interrupts are not secure"),
        new(GroupNotViable, "A member of the device's group is held by a driver that does not fit assignment.", ["GRP-001"],
            "Please ensure all devices within the iommu_group are bound"),
        new(GroupNotViable, "A member of the group is held by a driver that does not fit assignment.", ["GRP-001"],
            "VFIO group is not viable"),
        new(GroupNotViable, "A member of the group is held by a driver that does not fit assignment.", ["GRP-001"],
            "group ", " is not viable"),
        new(NoIommuTaint, "A device was given to user space without IOMMU protection; the kernel is tainted.", ["SEC-002", "KRN-011"],
            "kernel taint for vfio-noiommu group"),
        new(NoIommuTaint, "A process opened a device without IOMMU protection.", ["SEC-002"], "vfio-noiommu device opened by user"),
        new(MemoryLockExceeded, "A process reached its limit of locked memory while it mapped guest memory for DMA.", ["LIM-001"],
            "RLIMIT_MEMLOCK", "exceeded"),
        new(MemoryLockExceeded, "Mapping guest memory for DMA failed for want of memory, most often the limit of locked memory.",
            ["LIM-001"], "VFIO_MAP_DMA", "Cannot allocate memory"),
        new(MemoryLockExceeded, "Mapping guest memory for DMA failed for want of memory, most often the limit of locked memory.",
            ["LIM-001"], "vfio_dma_map", "Cannot allocate memory"),
        new(MemoryLockExceeded, "Mapping guest memory for DMA failed for want of memory, most often the limit of locked memory.",
            ["LIM-001"], "vfio", "DMA", "Cannot allocate memory"),
        new(DmaEntriesExhausted, "The number of DMA mappings reached the limit dma_entry_limit.", ["LIM-002", "MOD-008"],
            "VFIO_MAP_DMA", "No space left"),
        new(DmaEntriesExhausted, "The number of DMA mappings reached the limit dma_entry_limit.", ["LIM-002", "MOD-008"],
            "vfio_dma_map", "No space left"),
        new(Denylisted, "vfio-pci refuses this device because it is on its list of unsafe ones.", ["DEV-010"],
            "exists in vfio-pci device denylist"),
        new(Denylisted, "vfio-pci refuses this device because it is on its list of unsafe ones.", ["DEV-010"],
            "exists in vfio-pci device blacklist"),

        // Reset and power.
        new(ResetProblem, "The device did not come back after a reset.", ["RST-005", "DEV-005"], "not ready ", "giving up"),
        new(ResetProblem, "The device was reset behind VFIO's back, and VFIO wrote its BARs again.", ["RST-005"],
            "reset recovery - restoring BARs"),
        new(ResetProblem, "The kernel could not reset the device.", ["RST-005"], "vfio", "Unable to reset"),
        new(ResetProblem, "QEMU could not reset the device.", ["RST-005", "RST-001"], "vfio", "Cannot reset device"),
        new(PowerProblem, "The device does not answer in its power state.", ["DEV-004", "DEV-005"], "change power state from", "inaccessible"),
        new(PowerProblem, "The device did not leave its power state when told to.", ["DEV-004"], "change power state"),
        new(PowerProblem, "QEMU found the device in a low-power state that it does not leave.", ["DEV-004"], "stuck in D3"),

        // Windows.
        new(SriovProblem, "The firmware left too little memory space for the virtual functions.", ["SRV-003"],
            "not enough MMIO resources for SR-IOV"),
        new(SriovProblem, "The virtual functions need bus numbers that the firmware did not leave.", ["SRV-004"],
            "SR-IOV", "bus number out of range"),
        new(SriovProblem, "The virtual functions need bus numbers that the firmware did not leave.", ["SRV-004"],
            "can't enable ", " VFs (bus ", " out of range of "),
        new(BarProblem, "Another owner, often the boot framebuffer, holds the memory of this BAR.", ["DEV-008"], "BAR ", "can't reserve"),
        new(BarProblem, "At this moment the kernel found no place for this BAR; a later line may give it one.", ["BAR-001"],
            "BAR ", "failed to assign"),
        new(BarProblem, "At this moment the kernel found no place for this BAR; a later line may give it one.", ["BAR-001"],
            "BAR ", "can't assign; no space"),
        new(BarProblem, "At this moment the kernel found no place for this BAR; a later line may give it one.", ["BAR-001"],
            "BAR ", "no space for"),

        // Binding and modules.
        new(ModuleMissing, "The module vfio_virqfd is not there; it is part of vfio since Linux 6.2.", ["KRN-007", "MOD-005"],
            "vfio_virqfd", "not found"),
        new(ModuleMissing, "The module vfio_virqfd is not there; it is part of vfio since Linux 6.2.", ["KRN-007", "MOD-005"],
            "Failed to find module 'vfio_virqfd'"),
        new(ModuleMissing, "A module of this name is not there for the kernel that was asked.", ["MOD-005", "MOD-001"],
            "modprobe:", "Module vfio", "not found"),
        new(VfioError, "vfio-pci did not take the device; the usual reason is that it is in no IOMMU group.", ["IOM-001", "IOM-003"],
            "probe with driver vfio-pci failed with error -22"),
        new(VfioError, "vfio-pci did not take the device; the usual reason is that it is in no IOMMU group.", ["IOM-001", "IOM-003"],
            "vfio-pci: probe of ", "failed with error -22"),
        new(VfioError, "The device could not be bound to vfio-pci; the usual reason is that no IOMMU is in use.", ["IOM-001", "IOM-002"],
            "Cannot bind to driver vfio-pci"),
    ];

    /// <summary>Words that make a line of a VFIO printer an error when no rule knows it.</summary>
    public static readonly string[] ErrorWords =
        ["error", "fail", "unable", "cannot", "can't", "could not", "refused", "denied", "timed out", "not supported", "no such"];
}
