using Passthrough.Guests.Boot;

namespace Passthrough.Guests;

/// <content>Faults of the platform: IOMMU, interrupt remapping, firmware tables, command line, kernel.</content>
public static partial class LabCatalog
{
    private static IEnumerable<LabMachine> PlatformFaults() =>
    [
        s_intel with
        {
            Name = "no-iommu",
            Summary = "No IOMMU at all: no DMAR and no IVRS table.",
            Iommu = LabIommu.None,
            IommuOptions = "",
            KernelArguments = [],
            ExpectedCause = "firmware",
            ExpectedFindings = ["FW-001"],
            ExpectedVerdict = "fail",
        },
        s_intel with
        {
            Name = "cmdline-off",
            Summary = "An Intel IOMMU that the kernel's command line switches off (intel_iommu=off).",
            KernelArguments = ["intel_iommu=off"],
            ExpectedCause = "commandLine",
            ExpectedFindings = ["CMD-001"],
            ExpectedVerdict = "fail",
        },
        s_amd with
        {
            Name = "amd-cmdline-off",
            Summary = "AMD-Vi that the kernel's command line switches off (amd_iommu=off).",
            KernelArguments = ["amd_iommu=off"],
            ExpectedCause = "commandLine",
            ExpectedFindings = ["CMD-002"],
            ExpectedVerdict = "fail",
        },
        s_intel with
        {
            Name = "iommu-off",
            Summary = "An Intel IOMMU that the kernel's command line keeps from starting (iommu=off), whatever intel_iommu=on says.",
            KernelArguments = ["intel_iommu=on", "iommu=off"],
            ExpectedCause = "commandLine",
            ExpectedFindings = ["CMD-003"],
            ExpectedVerdict = "fail",
        },
        s_intel with
        {
            Name = "translation-off",
            Summary = "An Intel IOMMU that remaps interrupts but cannot translate DMA.",
            IommuOptions = "intremap=on,dma-translation=off",
            ExpectedCause = "driverInit",
            ExpectedFindings = ["IOM-002", "IOM-015"],
            ExpectedVerdict = "fail",
        },
        s_intel with
        {
            Name = "intremap-off-firmware",
            Summary = "An Intel IOMMU without interrupt remapping in its hardware and tables.",
            IommuOptions = "intremap=off,caching-mode=on",
            ExpectedCause = "interruptRemapping",
            ExpectedFindings = ["FW-004"],
            ExpectedVerdict = "fail",
        },
        s_intel with
        {
            Name = "intremap-off-cmdline",
            Summary = "An Intel IOMMU whose interrupt remapping the kernel's command line switches off (intremap=off).",
            KernelArguments = ["intel_iommu=on", "intremap=off"],
            ExpectedCause = "interruptRemapping",
            ExpectedFindings = ["CMD-011"],
            ExpectedVerdict = "fail",
        },
        s_intel with
        {
            Name = "intremap-off-dmar",
            Summary = "An Intel IOMMU that could remap interrupts, with a DMAR table that does not allow it (INTR_REMAP flag clear).",
            DmarOverride = DmarTable.Build(new DmarTable.Content { InterruptRemapping = false }),
            ExpectedCause = "interruptRemapping",
            ExpectedFindings = ["FW-004"],
            ExpectedVerdict = "fail",
        },
        s_amd with
        {
            Name = "amd-intremap-off-firmware",
            Summary = "AMD-Vi whose IVRS table names no I/O APIC, so that the kernel leaves interrupts alone.",
            IommuOptions = "intremap=off",
            ExpectedCause = "interruptRemapping",
            ExpectedFindings = ["FW-012"],
        },
        s_amd with
        {
            Name = "amd-intremap-off-cmdline",
            Summary = "AMD-Vi whose interrupt remapping the kernel's command line switches off (intremap=off).",
            KernelArguments = ["intremap=off"],
            ExpectedCause = "interruptRemapping",
            ExpectedFindings = ["CMD-011"],
            ExpectedVerdict = "fail",
        },
        s_intel with
        {
            Name = "reserved-memory",
            Summary = "Firmware reserves memory for the candidate (RMRR in the DMAR table), so that VFIO refuses it.",
            KernelArguments = ["intel_iommu=on", "memmap=64K$0x70000000"],
            DmarOverride = DmarTable.Build(new DmarTable.Content { Reserved = (0x7000_0000, 0x7000_ffff, 4, 0), HasAtsr = true }),
            ExpectedCause = "device",
            ExpectedFindings = ["FW-007"],
            ExpectedVerdict = "fail",
        },
        s_amd with
        {
            Name = "no-svm",
            Summary = "AMD-Vi is there, and the processor cannot run guests (SVM switched off).",
            CpuModel = "EPYC,-svm",
            ExpectedCause = "cpu",
            ExpectedFindings = ["FW-003"],
            ExpectedVerdict = "fail",
        },
        s_intel with
        {
            Name = "no-modules",
            Summary = "A healthy Intel IOMMU, but the VFIO modules are not installed for the running kernel.",
            HasVfioModules = false,
            ExpectedCause = "driver",
            ExpectedFindings = ["MOD-001"],
            ExpectedVerdict = "fail",
        },
        s_amd with
        {
            Name = "folklore",
            Summary = "Tokens of common guides that do nothing on AMD: amd_iommu=on and iommu=1.",
            KernelArguments = ["amd_iommu=on", "iommu=1"],
            ExpectedFindings = ["CMD-002", "CMD-003"],
            ExpectedVerdict = "note",
        },
        s_amd with
        {
            Name = "wrong-vendor",
            Summary = "intel_iommu=on on an AMD machine: the log says \"DMAR: IOMMU enabled\" and nothing has changed.",
            KernelArguments = ["intel_iommu=on"],
            ExpectedFindings = ["CMD-004"],
            ExpectedVerdict = "note",
        },
        s_intel with
        {
            Name = "acs-override",
            Summary = "pcie_acs_override on a kernel that does not know it.",
            KernelArguments = ["intel_iommu=on", "pcie_acs_override=downstream,multifunction"],
            ExpectedFindings = ["CMD-009"],
        },
        s_intel with
        {
            Name = "bad-vfio-ids",
            Summary = "vfio-pci.ids with an entry that is no pair of hexadecimal ids.",
            KernelArguments = ["intel_iommu=on", "vfio-pci.ids=1234-11e8"],
            ExpectedFindings = ["CMD-010"],
        },
        s_intel with
        {
            Name = "huge-pages-short",
            Summary = "64 pages of 1 GiB asked for on the command line of a machine with 2 GiB.",
            KernelArguments = ["intel_iommu=on", "hugepagesz=1G", "hugepages=64"],
            ExpectedFindings = ["HUG-003"],
        },
        s_numa with
        {
            Name = "isolation-overlap",
            Summary = "A processor is isolated for guests, and interrupts are sent to it all the same.",
            KernelArguments = ["intel_iommu=on", "isolcpus=domain,1", "irqaffinity=0-1"],
            ExpectedFindings = ["CMD-013"],
        },
        s_intel with
        {
            Name = "lockdown",
            Summary = "Kernel lockdown in its integrity mode.",
            KernelArguments = ["intel_iommu=on", "lockdown=integrity"],
            ExpectedFindings = ["FW-013"],
            ExpectedVerdict = "note",
        },
    ];
}
