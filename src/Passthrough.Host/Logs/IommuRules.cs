using static Passthrough.Host.Logs.LogEventKind;

namespace Passthrough.Host.Logs;

/// <summary>
/// Lines of IOMMU drivers, interrupt remapping, APIC and KVM. Texts are those of the kernel's own sources (drivers/iommu,
/// arch/x86/kernel/apic, arch/x86/kvm) of several ages. The first rule that matches wins.
/// </summary>
internal static class IommuRules
{
    /// <summary>The rules in order.</summary>
    public static readonly LogRule[] All =
    [
        // Options.
        new(UnknownOption, "The kernel does not know this option of intel_iommu= and ignored it.", ["CMD-001"],
            "DMAR: Unknown option - "),
        new(UnknownOption, "The kernel does not know this option of amd_iommu= and ignored it.", ["CMD-002"],
            "AMD-Vi: Unknown option - "),
        new(UnknownParameters, "No built-in part of the kernel took the parameters named here; they were handed to user space.",
            ["CMD-009"], "Unknown kernel command line parameters"),
        new(AcsOverride, "A patched kernel treats devices as isolated although the hardware does not assure it.", ["CMD-009", "SEC-005"],
            "PCIe ACS overrides enabled"),

        // What an IOMMU driver says of itself.
        new(TranslationUnsupported, "The IOMMU offers no address width that the kernel can use, so it does not translate DMA.",
            ["IOM-001", "IOM-015"], "No supported address widths"),
        new(IommuTokenParsed, "The kernel read intel_iommu=on; whether an IOMMU works is not said by this line.", ["CMD-004", "IOM-015"],
            "DMAR: IOMMU enabled"),
        new(IommuTokenParsed, "The kernel read intel_iommu=on; whether an IOMMU works is not said by this line.", ["CMD-004", "IOM-015"],
            "Intel-IOMMU: enabled"),
        new(IommuDisabled, "The command line or the build's default told the Intel driver not to translate DMA.",
            ["CMD-001", "IOM-001"], "DMAR: IOMMU disabled"),
        new(IommuDisabled, "The command line told the Intel driver not to translate DMA.", ["CMD-001", "IOM-001"],
            "Intel-IOMMU: disabled"),
        new(IommuDisabled, "The AMD driver was told not to use the IOMMU.", ["CMD-002", "IOM-001"], "AMD IOMMU disabled"),
        new(IommuDisabled, "The AMD driver does not use the IOMMU on this processor family.", ["IOM-016"], "Disable IOMMU on Stoney Ridge"),
        new(IommuDetected, "The firmware asked for DMA protection, and the Intel driver therefore switched the IOMMU on.",
            ["FW-006"], "force enabled due to platform opt in"),
        new(IommuDetected, "The Intel driver ended its initialisation; this alone does not prove that DMA is translated.", ["IOM-015"],
            "Virtualization Technology for Directed I/O"),
        new(IommuDetected, "The AMD driver found an IOMMU; this alone does not prove that DMA is translated.", ["IOM-015"],
            "AMD-Vi", "Found IOMMU"),
        new(IommuDetected, "An Arm SMMU is being set up; this alone does not prove that DMA is translated.", ["IOM-015"],
            "arm-smmu", "probing hardware configuration"),
        new(IommuDetected, "An Arm SMMUv3 reported its address sizes; this alone does not prove that DMA is translated.", ["IOM-015"],
            "arm-smmu-v3", "-bit, oas "),
        new(IommuDetected, "A virtio IOMMU was probed; this alone does not prove that DMA is translated.", ["IOM-015"],
            "virtio_iommu", "input address:"),

        // Memory encryption and SEV-SNP before the default domain: the lines share words.
        new(MemoryEncryption, "SEV-SNP was given up because of the state of the IOMMU or of its tables.", ["SEC-006"],
            "SNP cannot be supported"),
        new(MemoryEncryption, "The processor encrypts memory, so the kernel ignored the request for pass-through default domains.",
            ["IOM-017"], "Memory encryption detected", "IOMMU Passthrough"),
        new(DefaultDomain, "The type of domain that devices owned by the host get; this line is printed without an IOMMU too.",
            ["IOM-005", "CMD-005"], "Default domain type:"),
        new(InvalidationPolicy, "How unmapped addresses are flushed from the IOMMU for devices that the host drives.",
            ["CMD-006", "SEC-003"], "TLB invalidation policy:"),

        // Interrupt remapping. "was enabled on … not in kdump mode" and "will be enabled" say something else.
        new(PostedInterrupts, "The IOMMU can deliver interrupts to running AMD guests without the hypervisor.", ["IRQ-003"],
            "Virtual APIC enabled"),
        new(PostedInterrupts, "The AMD virtual APIC is off at the IOMMU because of SEV-SNP.", ["IRQ-003", "SEC-006"],
            "disable Virtual APIC due to SNP"),
        new(X2Apic, "The firmware asked the kernel not to use x2APIC.", ["FW-005", "IRQ-002"], "x2apic opt out bit"),
        new(X2Apic, "An option of the command line can overrule the firmware's request against x2APIC.", ["FW-005", "IRQ-002"],
            "no_x2apic_optout", "override the BIOS setting"),
        new(InterruptRemappingOff, "The firmware's tables leave an interrupt controller out, so interrupts are not remapped.",
            ["IRQ-001", "FW-012"], "interrupt remapping will be disabled"),
        new(InterruptRemappingOff, "The kernel does not remap interrupts on this machine.", ["IRQ-001"], "Not enabling interrupt remapping"),
        new(InterruptRemappingOff, "The kernel does not remap interrupts on this machine.", ["IRQ-001"], "Disabling interrupt remapping"),
        new(InterruptRemappingOff, "The kernel does not remap interrupts because of an erratum of the chipset.", ["IRQ-001"],
            "interrupt remapping is being disabled"),
        new(InterruptRemappingOff, "Interrupts are not remapped, so a device can inject interrupts that are not its own.", ["IRQ-001"],
            "Failed to enable irq remapping"),
        new(InterruptRemappingOff, "Interrupts are not remapped, so a device can inject interrupts that are not its own.", ["IRQ-001"],
            "vulnerable to irq-injection attacks"),
        new(InterruptRemappingOn, "Intel interrupt remapping is in use.", ["IRQ-001", "IRQ-002"], "Enabled IRQ remapping in "),
        new(InterruptRemappingOn, "Interrupt remapping is in use.", ["IRQ-001"], "AMD-Vi: Interrupt remapping enabled"),
        new(X2Apic, "Interrupt remapping is not in x2APIC mode.", ["IRQ-002"], "remapping doesn't support X2APIC mode"),
        new(X2Apic, "The firmware handed over with x2APIC already on.", ["IRQ-002"], "x2apic: enabled by BIOS"),
        new(X2Apic, "The local APICs run in x2APIC mode.", ["IRQ-002"], "x2apic enabled"),

        // Groups.
        new(ReservedMemoryRefusal, "The firmware demands fixed mappings for this device, so VFIO may not have it.", ["FW-007", "IOM-006"],
            "Firmware has requested this device have a 1:1 IOMMU mapping"),
        new(ReservedMemoryRefusal, "The firmware demands fixed mappings for this device, so VFIO may not have it.", ["FW-007", "IOM-006"],
            "platform RMRR requirement"),

        // KVM. "SGX disabled by BIOS" must not be taken.
        new(KvmDisabled, "The firmware switched AMD-V off, so KVM cannot run guests.", ["FW-003"], "SVM disabled (by BIOS)"),
        new(KvmDisabled, "The firmware switched virtualisation off, so KVM cannot run guests.", ["FW-003"], "kvm", "disabled by bios"),
        new(KvmDisabled, "The firmware switched VT-x off, wholly or outside trusted execution.", ["FW-003"], "VMX", "disabled by BIOS"),
        new(KvmDisabled, "VT-x is off, so KVM cannot run guests.", ["FW-003"], "kvm: VMX disabled"),
    ];
}
