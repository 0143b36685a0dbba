using System.Text;
using CsCheck;
using Passthrough.Host.Logs;
using Xunit;

namespace Passthrough.Tests.Host.Logs;

public class LogClassifierTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("\n", 1)]
    [InlineData("one\ntwo", 2)]
    [InlineData("one\r\ntwo\r\n\r\n", 3)]
    [InlineData("\0\0\n", 1)]
    public void Lines_are_counted_and_plain_text_has_no_event(string text, int lines)
    {
        ClassifiedLog log = LogClassifier.Classify(text);
        Assert.Equal(lines, log.Lines);
        Assert.Empty(log.Events);
        Assert.False(log.ReachesBoot);
        Assert.Null(log.KernelRelease);
    }

    [Fact]
    public void Any_text_is_taken_without_an_exception()
    {
        Gen.String.Sample(text => LogClassifier.Classify(text).Events.Count >= 0);
        Gen.Byte.Array.Sample(bytes => LogClassifier.Classify(Encoding.UTF8.GetString(bytes)).Lines >= 0);

        // Words of real lines in any order, so that the readers behind the stems are reached.
        Gen<string> words = Gen.OneOf("DMAR: ", "[DMA Read] Request device [", "AMD-Vi: Event logged [", "device=", "0000:01:00.0", ": ",
            "Adding to iommu group ", "Adding device ", " to group ", "1", "]", "0x", "fault addr ", "RMRR base: ", " end: ", "DRHD base: ",
            "[Firmware ", "Bug]", "pci ", "vfio", "error", "\n", " ", "Linux version ", "Command line:", "Unhandled context fault", "Found IOMMU at ");
        words.Array[0, 20].Sample(parts => LogClassifier.Classify(string.Concat(parts)).Events.All(item => item.Meaning.Length > 0));
    }

    [Theory]
    [InlineData("Please ensure all devices within the iommu_group are bound to their vfio bus driver.", LogEventKind.GroupNotViable, "GRP-001")]
    [InlineData("vfio: error, group 17 is not viable, please ensure all devices within the iommu_group are bound to their vfio bus driver.", LogEventKind.GroupNotViable, "GRP-001")]
    [InlineData("EAL: 0000:18:00.0 VFIO group is not viable! Not all devices in IOMMU group bound to VFIO or unbound", LogEventKind.GroupNotViable, "GRP-001")]
    [InlineData("AMD-Vi: Unknown option - 'on'", LogEventKind.UnknownOption, "CMD-002")]
    [InlineData("DMAR: Unknown option - 'pt'", LogEventKind.UnknownOption, "CMD-001")]
    [InlineData("vfio_iommu_type1_attach_group: No interrupt remapping support.  Use the module param \"allow_unsafe_interrupts\" to enable VFIO IOMMU support on this platform", LogEventKind.VfioNoInterruptRemapping, "SEC-001")]
    [InlineData("vfio-pci 0000:01:00.0: Firmware has requested this device have a 1:1 IOMMU mapping, rejecting configuring the device without a 1:1 mapping. Contact your platform vendor.", LogEventKind.ReservedMemoryRefusal, "FW-007")]
    [InlineData("vfio-pci 0000:03:00.0: Device is ineligible for IOMMU domain attach due to platform RMRR requirement.  Contact your platform vendor.", LogEventKind.ReservedMemoryRefusal, "FW-007")]
    [InlineData("vfio_pin_pages_remote: RLIMIT_MEMLOCK (65536) exceeded", LogEventKind.MemoryLockExceeded, "LIM-001")]
    [InlineData("qemu-system-x86_64: VFIO_MAP_DMA failed: Cannot allocate memory", LogEventKind.MemoryLockExceeded, "LIM-001")]
    [InlineData("qemu-system-x86_64: vfio_dma_map(0x55, 0x0, 0x80000000, 0x7f) = -12 (Cannot allocate memory)", LogEventKind.MemoryLockExceeded, "LIM-001")]
    [InlineData("VFIO_MAP_DMA failed: No space left on device", LogEventKind.DmaEntriesExhausted, "LIM-002")]
    [InlineData("vfio-pci 0000:01:00.0: BAR 1: can't reserve [mem 0xc0000000-0xcfffffff 64bit pref]", LogEventKind.BarProblem, "DEV-008")]
    [InlineData("pci 0000:01:00.0: BAR 1: can't assign; no space", LogEventKind.BarProblem, "BAR-001")]
    [InlineData("pci 0000:01:00.0: BAR 1 [mem size 0x10000000 64bit pref]: failed to assign", LogEventKind.BarProblem, "BAR-001")]
    [InlineData("ixgbe 0000:01:00.0: not enough MMIO resources for SR-IOV", LogEventKind.SriovProblem, "SRV-003")]
    [InlineData("igb 0000:01:00.0: SR-IOV: bus number out of range", LogEventKind.SriovProblem, "SRV-004")]
    [InlineData("modprobe: FATAL: Module vfio_virqfd not found in directory /lib/modules/6.2.0", LogEventKind.ModuleMissing, "KRN-007")]
    [InlineData("systemd-modules-load[412]: Failed to find module 'vfio_virqfd'", LogEventKind.ModuleMissing, "KRN-007")]
    [InlineData("Error: bind failed for 0000:01:00.0 - Cannot bind to driver vfio-pci: [Errno 22] Invalid argument", LogEventKind.VfioError, "IOM-002")]
    [InlineData("vfio-pci 0000:01:00.0: Adding kernel taint for vfio-noiommu group on device", LogEventKind.NoIommuTaint, "SEC-002")]
    [InlineData("DMAR-IR: x2apic is disabled because BIOS sets x2apic opt out bit.", LogEventKind.X2Apic, "FW-005")]
    [InlineData("vfio-pci 0000:01:00.0: Unable to change power state from D3cold to D0, device inaccessible", LogEventKind.PowerProblem, "DEV-004")]
    [InlineData("vfio-pci 0000:01:00.0: can't change power state from D3cold to D0 (config space inaccessible)", LogEventKind.PowerProblem, "DEV-004")]
    [InlineData("qemu: vfio: Unable to power on device, stuck in D3", LogEventKind.PowerProblem, "DEV-004")]
    [InlineData("vfio-pci 0000:3d:00.0: device [8086:37c8] exists in vfio-pci device denylist, driver probing disallowed.", LogEventKind.Denylisted, "DEV-010")]
    [InlineData("vfio-pci 0000:00:05.0: probe with driver vfio-pci failed with error -22", LogEventKind.VfioError, "IOM-003")]
    [InlineData("vfio-pci: probe of 0000:00:05.0 failed with error -22", LogEventKind.VfioError, "IOM-003")]
    [InlineData("vfio-pci 0000:01:00.0: not ready 65535ms after FLR; giving up", LogEventKind.ResetProblem, "RST-005")]
    [InlineData("DMAR: dmar0: No supported address widths. Not attempting DMA translation.", LogEventKind.TranslationUnsupported, "IOM-015")]
    [InlineData("DMAR: IOMMU enabled", LogEventKind.IommuTokenParsed, "IOM-015")]
    [InlineData("DMAR: IOMMU disabled", LogEventKind.IommuDisabled, "IOM-001")]
    [InlineData("AMD-Vi: AMD IOMMU disabled", LogEventKind.IommuDisabled, "IOM-001")]
    [InlineData("DMAR: Intel-IOMMU force enabled due to platform opt in", LogEventKind.IommuDetected, "FW-006")]
    [InlineData("DMAR: Intel(R) Virtualization Technology for Directed I/O", LogEventKind.IommuDetected, "IOM-015")]
    [InlineData("DMAR-IR: Enabled IRQ remapping in x2apic mode", LogEventKind.InterruptRemappingOn, "IRQ-001")]
    [InlineData("AMD-Vi: Interrupt remapping enabled", LogEventKind.InterruptRemappingOn, "IRQ-001")]
    [InlineData("AMD-Vi: Disabling interrupt remapping", LogEventKind.InterruptRemappingOff, "IRQ-001")]
    [InlineData("DMAR-IR: Failed to enable irq remapping. You are vulnerable to irq-injection attacks.", LogEventKind.InterruptRemappingOff, "IRQ-001")]
    [InlineData("Not enabling interrupt remapping due to skipped IO-APIC setup", LogEventKind.InterruptRemappingOff, "IRQ-001")]
    [InlineData("iommu: Default domain type: Passthrough (set via kernel command line)", LogEventKind.DefaultDomain, "IOM-005")]
    [InlineData("iommu: DMA domain TLB invalidation policy: lazy mode", LogEventKind.InvalidationPolicy, "CMD-006")]
    [InlineData("kvm_amd: SVM disabled (by BIOS) in MSR_VM_CR on CPU 0", LogEventKind.KvmDisabled, "FW-003")]
    [InlineData("kvm: disabled by bios", LogEventKind.KvmDisabled, "FW-003")]
    [InlineData("x86/cpu: VMX (outside TXT) disabled by BIOS", LogEventKind.KvmDisabled, "FW-003")]
    [InlineData("AMD-Vi: SNP: IOMMU disabled or configured in passthrough mode, SNP cannot be supported.", LogEventKind.MemoryEncryption, "SEC-006")]
    [InlineData("Memory encryption detected - Disabling default IOMMU Passthrough", LogEventKind.MemoryEncryption, "IOM-017")]
    [InlineData("AMD-Vi: Virtual APIC enabled", LogEventKind.PostedInterrupts, "IRQ-003")]
    [InlineData("Warning: PCIe ACS overrides enabled; This may allow non-IOMMU protected peer-to-peer DMA", LogEventKind.AcsOverride, "SEC-005")]
    [InlineData("Unknown kernel command line parameters \"pcie_acs_override=downstream\", will be passed to user space.", LogEventKind.UnknownParameters, "CMD-009")]
    [InlineData("virtio_iommu virtio0: input address: 64 bits", LogEventKind.IommuDetected, "IOM-015")]
    public void A_known_line_is_one_event_of_its_kind(string text, LogEventKind kind, string check)
    {
        LogEvent item = Assert.Single(LogClassifier.Classify("noise\n[    1.0] " + text).Events);
        Assert.Equal(kind, item.Kind);
        Assert.Contains(check, item.CheckIds);
        Assert.Equal(2, item.Line);
        Assert.Equal(text, item.Text);
        Assert.EndsWith(".", item.Meaning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DMAR-IR: IRQ remapping was enabled on dmar0 but we are not in kdump mode")]
    [InlineData("DMAR-IR: Queued invalidation will be enabled to support x2apic and Intr-remapping.")]
    [InlineData("x86/cpu: SGX disabled by BIOS.")]
    [InlineData("DMAR: dmar0: Using Queued invalidation")]
    [InlineData("vfio-pci 0000:01:00.0: enabling device (0000 -> 0003)")]
    [InlineData("vfio-pci 0000:01:00.0: PCIe Bus Error: severity=Uncorrectable (Non-Fatal)")]
    [InlineData("vfio-pci 0000:01:00.0: ready 3ms after bus reset")]
    [InlineData("Modules linked in: vfio_pci vfio: failed")]
    [InlineData("pci 0000:01:00.0: Failed to add to iommu group 3: -16")]
    [InlineData("pci 0000:01:00.0: Removing from iommu group 3")]
    [InlineData("dracut-cmdline[210]: Using kernel command line parameters: vfio error: failed")]
    [InlineData("Command line: ro pcie_acs_override=downstream x=\"RLIMIT_MEMLOCK exceeded\"")]
    [InlineData("[Firmware Fault]: x")]
    public void A_line_that_only_looks_alike_is_no_event(string text) => Assert.Empty(LogClassifier.Classify(text).Events);

    [Fact]
    public void A_firmware_line_stands_beside_the_lines_other_event()
    {
        ClassifiedLog log = LogClassifier.Classify(
            "DMAR-IR: [Firmware Bug]: ioapic 2 has no mapping iommu, interrupt remapping will be disabled\n[Firmware Info]: x\n<4>ACPI: [Firmware Warn]: y [Firmware Bug]: z\n");
        Assert.Equal([LogEventKind.FirmwareBug, LogEventKind.InterruptRemappingOff, LogEventKind.FirmwareBug, LogEventKind.FirmwareBug],
            log.Events.Select(item => item.Kind));
        Assert.Equal(["Bug", null, "Info", "Warn"], log.Events.Select(item => item.Level));
        Assert.Equal([1, 1, 2, 3], log.Events.Select(item => item.Line));
        Assert.Contains("FW-012", log.Events[0].CheckIds);
    }

    [Fact]
    public void Suppressed_callbacks_of_fault_handlers_make_the_count_a_lower_bound()
    {
        ClassifiedLog log = LogClassifier.Classify("dmar_fault: 893 callbacks suppressed\n");
        Assert.True(log.FaultsSuppressed);
        Assert.Empty(log.Faults);
        Assert.True(LogClassifier.Classify("amd_iommu_report_page_fault: 2 callbacks suppressed").FaultsSuppressed);
        Assert.False(LogClassifier.Classify("net_ratelimit: 5 callbacks suppressed").FaultsSuppressed);
    }

    [Fact]
    public void The_last_assignment_of_a_function_is_its_group()
    {
        ClassifiedLog log = LogClassifier.Classify("""
            pci 0000:00:02.0: Adding to iommu group 0
            iommu: Adding device 0000:00:03.0 to group 1
            serial 00:05: Adding to iommu group 1
            vfio-pci 10000:e1:00.0: Adding to iommu group 1
            pci 0000:00:02.0: Adding to iommu group 1
            [   20000:20:00.0: Adding to iommu group 26
            pci 0000:00:04.0: Adding to[   0.3] pci 0000:00:06.0: Adding to iommu group 7
            pci 0000:00:07.0: Adding to iommu group
            """);
        Assert.Equal(["1", "7"], log.Groups.Keys.Order());
        Assert.Equal(["0000:00:02.0", "0000:00:03.0", "10000:e1:00.0"], log.Groups["1"].Select(address => address.ToString()));
        Assert.Equal("0000:00:06.0", Assert.Single(log.Groups["7"]).ToString());
        Assert.Equal(7, log.Of(LogEventKind.GroupAssigned).Count());
        Assert.Null(log.Events[2].Device);
    }

    [Fact]
    public void Bases_ranges_and_units_are_distinct()
    {
        ClassifiedLog log = LogClassifier.Classify("""
            DMAR: DRHD base: 0x000000fed91000 flags: 0x1
            DMAR: DRHD base: 0x000000fed90000 flags: 0x0
            DMAR: DRHD base: 0x000000fed91000 flags: 0x1
            DMAR: RMRR base: 0x0000008c63c000 end: 0x0000008c65bfff
            DMAR: RMRR base: 0x0000008c63c000 end: 0x0000008c65bfff
            DMAR: RMRR base:
            pci 0000:00:00.2: AMD-Vi: IOMMU performance counters supported
            AMD-Vi: Found IOMMU at 0000:40:00.2 cap 0x40
            pci 0000:05:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x1 address=0x0 flags=0x20]
            xhci_hcd 0000:06:00.0: AMD-Vi: x
            """);
        Assert.Equal([0xfed90000UL, 0xfed91000UL], log.Drhd);
        Assert.Equal([(0x8c63c000UL, 0x8c65bfffUL)], log.Rmrr);
        Assert.Equal(["0000:00:00.2", "0000:40:00.2"], log.AmdUnits.Select(unit => unit.ToString()));
    }

    [Fact]
    public void The_last_boot_gives_release_and_command_line()
    {
        ClassifiedLog log = LogClassifier.Classify("""
            [    0.000000] Linux version 5.4.0-1 (gcc)
            [    0.000000] Kernel command line: first
            [    0.000000] Linux version 6.1.0-2, (gcc)
            [    0.000000] Command line: early
            [    0.010000] Kernel command line: early and appended
            """);
        Assert.True(log.ReachesBoot);
        Assert.Equal("6.1.0-2", log.KernelRelease);
        Assert.Equal("early and appended", log.CommandLine);
        Assert.Null(LogClassifier.Classify("Command line: a\nLinux version 6.1\n").CommandLine);
        Assert.Equal("early", LogClassifier.Classify("Linux version 6.1\nCommand line: early").CommandLine);
    }

    [Fact]
    public void Unknown_options_name_the_option() =>
        Assert.Equal("on", Assert.Single(LogClassifier.Classify("AMD-Vi: Unknown option - 'on'").Events).Reason);

    [Fact]
    public void An_unlisted_error_of_VFIO_is_still_an_event()
    {
        LogEvent item = Assert.Single(LogClassifier.Classify(
            "qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: failed to open /dev/vfio/1: Permission denied").Events);
        Assert.Equal(LogEventKind.VfioError, item.Kind);
        Assert.Equal("0000:01:00.0", item.Device.ToString());
    }

    [Fact]
    public void Event_texts_are_cut_at_their_limit() =>
        Assert.Equal(LogClassifier.MaximumText, LogClassifier.Classify("[Firmware Bug]: " + new string('x', 5000)).Events[0].Text.Length);

    [Fact]
    public void A_line_of_many_megabytes_is_passed_in_one_sweep()
    {
        string text = new string('[', 20_000_000) + "\n[    1.0] DMAR: IOMMU enabled\n";
        Assert.Equal(2, Assert.Single(LogClassifier.Classify(text).Events).Line);
    }
}
