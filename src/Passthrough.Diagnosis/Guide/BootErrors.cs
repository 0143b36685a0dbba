namespace Passthrough.Diagnosis.Guide;

/// <summary>What guides get wrong about the kernel's command line, modules and the kernel log.</summary>
internal static class BootErrors
{
    private const string Line = "Kernel command line";
    private const string Modules = "Modules and binding";
    private const string Log = "Kernel log and debug files";

    public static IReadOnlyList<GuideError> All { get; } =
    [
        new(1, Line, "Add amd_iommu=on on AMD.",
            "The parameter has no value \"on\": the kernel answers AMD-Vi: Unknown option - 'on' and goes on. AMD's IOMMU starts by itself where firmware shows an IVRS table.",
            "Leave the token out. If no IOMMU is there, look for its switch in firmware setup.", "CMD-002", "IOM-001"),
        new(2, Line, "Add iommu=1 or iommu=on.",
            "On x86 neither is a value that the parser of iommu= knows; both are passed over without a word, also where a validation tool advises them.",
            "Leave them out. The values that matter are iommu=pt and iommu=off, and VT-d's own switch is intel_iommu=on.", "CMD-003"),
        new(6, Line, "iommu=pt makes passthrough faster.",
            "It gives an identity mapping to devices that the host drives itself. What VFIO assigns is translated all the same. Hosts with memory encryption ignore it, and SEV-SNP refuses to start with it.",
            "Set it for the host's own throughput if you need that; take it out where confidential guests are wanted.", "CMD-005", "SEC-006"),
        new(7, Line, "Without intel_iommu=on there is no IOMMU on Intel.",
            "Many kernels are built to start VT-d by themselves (CONFIG_INTEL_IOMMU_DEFAULT_ON), and firmware can ask for it. A check that demands the token fails healthy machines.",
            "Look for units in /sys/class/iommu. Add the token only where the build's default is off.", "CMD-001", "KRN-003", "FW-006"),
        new(8, Line, "Look for exactly \"intel_iommu=on\" on the line.",
            "The value is a comma list: intel_iommu=on,sm_on is as good. Tools that compare whole tokens add the token again and reboot for ever.",
            "Split the value at commas and compare options one by one.", "CMD-001"),
        new(13, Line, "Add pcie_acs_override=downstream,multifunction to split groups.",
            "No released kernel has this parameter. A stock kernel ignores it in silence; a patched one splits groups without any isolation behind it. pci=config_acs= and pci=disable_acs_redir= "
            + "are the kernel's own, and cannot give ACS to a port that has none.",
            "Move the card to another slot, or assign the whole group.", "CMD-009", "SEC-005"),
        new(30, Line, "video=efifb:off or initcall_blacklist=sysfb_init frees the boot GPU.",
            "Each stops one way to the framebuffer. Kernels that drive it with simpledrm do not read video=efifb:off, and sysfb_init is not what sets it up on every kernel.",
            "Make another GPU the boot display, or unbind the framebuffer's driver, and look into /proc/iomem who holds the BAR.", "CMD-014", "DEV-008"),
        new(11, Modules, "Load vfio_virqfd, and see vfio_iommu_type1 in lsmod.",
            "vfio_virqfd became part of vfio in Linux 6.2, and asking for it now only fails. lsmod shows no module that is built into the kernel.",
            "Delete the line. Judge by loaded, built in or loadable, not by lsmod alone.", "KRN-007", "MOD-001", "MOD-005"),
        new(19, Modules, "The folder vfio-dev, or /dev/iommu, shows that iommufd works with the device.",
            "The folder came before the character devices did, and /dev/iommu is there also when the kernel was built without CONFIG_VFIO_DEVICE_CDEV.",
            "Look for the file dev inside vfio-dev/vfioN, or for a node in /dev/vfio/devices.", "MOD-003", "MOD-002"),
        new(23, Modules, "vfio-pci and vfio_pci are interchangeable.",
            "For modprobe and on the kernel's line they are. In sysfs the driver has the one name vfio-pci, and the folder of the module the one name vfio_pci.",
            "Write vfio-pci into driver_override and below /sys/bus/pci/drivers, and look for /sys/module/vfio_pci.", "MOD-004", "DEV-001"),
        new(26, Modules, "Write the ids to new_id to bind a device.",
            "new_id takes every device of these ids, now and later; a second write of the same pair fails. drivers_probe reports success also when no driver took the device.",
            "Write vfio-pci to the function's driver_override, write the address to drivers_probe, and read the driver link back.", "MOD-007", "DEV-002"),
        new(34, Modules, "echo ADDRESS > /sys/bus/pci/drivers/vfio-pci/bind is enough.",
            "The driver refuses a function whose ids it does not know and that has no driver_override for it, and the function may be left without any driver.",
            "Set driver_override first, then write the address to /sys/bus/pci/drivers_probe, and read the driver link back.", "DEV-001", "MOD-007"),
        new(3, Log, "\"DMAR: IOMMU enabled\" in dmesg means that the IOMMU is on.",
            "The line is printed when intel_iommu=on is parsed, on AMD machines too and before any hardware is looked at. Where VT-d starts by default it is missing.",
            "Count the entries of /sys/class/iommu and the groups that have members.", "IOM-001", "IOM-015", "CMD-004"),
        new(4, Log, "Read /sys/kernel/debug/iommu/dmar0/performance.",
            "There is no such file in the kernel. VT-d's latency counters are in /sys/kernel/debug/iommu/intel/dmar_perf_latency, with CONFIG_INTEL_IOMMU_DEBUGFS, and must be switched on by writing to the file.",
            "Use dmar_perf_latency where the kernel has it, and switch it off again with 0.", "IOM-015"),
        new(5, Log, "Copy AMD's IOMMU files from debugfs into the report.",
            "Files below /sys/kernel/debug/iommu/amd show what was selected by a write before. Read without that, they show old or empty data.",
            "Leave them to a person who writes the selector first; a collector gets nothing from them.", "IOM-015"),
        new(31, Log, "Read /sys/kernel/debug/iommu/dmar0/mem_profile.",
            "This file does not exist in the kernel either; it stands beside dmar0/performance in the same guides.",
            "Leave the step out.", "IOM-015"),
        new(20, Log, "Search the log with the pattern that worked last year.",
            "The text of DMA faults changed several times: the reason moved, PASID words came, addresses got 0x. Some lines are held back (\"callbacks suppressed\"), so counts are lower bounds.",
            "Give the log to \"ptdiag log\", which knows the forms of several ages.", "IOM-012"),
        new(21, Log, "A refused device says \"platform RMRR requirement\".",
            "That is the old text. Newer kernels say \"Firmware has requested this device have a 1:1 IOMMU mapping\", on AMD as well. A region of type direct-relaxable blocks nothing.",
            "Look for both texts, and for regions of type direct in the group's reserved_regions.", "FW-007", "IOM-006"),
        new(25, Log, "\"x2apic … opt out\" or \"platform opt in\" in the log is an error.",
            "Both are wishes of the firmware that the kernel reports. The first costs CPUs only on machines with 255 or more of them; the second switches VT-d on.",
            "Nothing, unless CPUs are missing.", "FW-005", "FW-006"),
        new(22, Log, "VFIO_MAP_DMA failed: raise memlock.",
            "\"Cannot allocate memory\" is the locked-memory limit. \"No space left on device\" is the limit of mappings, dma_entry_limit of vfio_iommu_type1.",
            "Read the error's text, and raise the limit that it names.", "LIM-001", "LIM-002"),
    ];
}
