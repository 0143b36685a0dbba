using Passthrough.Diagnosis;
using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Ladder;

/// <summary>One test a planted fault, with what the fault shows on a real kernel.</summary>
public class CauseLadderTests
{
    private static Cause Climb(HostModel model, params string[] devices)
    {
        AuditResult result = model.Judge(devices);
        Assert.NotNull(result.Cause);
        Assert.DoesNotContain(result.Cause.FindingId, result.Cause.Consequences);
        return result.Cause;
    }

    [Fact]
    public void Firmware_without_a_table_is_the_firmware_rung()
    {
        Cause cause = Climb(PlatformModels.HealthyIntel.Tables("FACP", "APIC") with
        {
            Acpi = Models.Blank.Tables("FACP", "APIC").Acpi,
            Iommu = Models.Blank.Units().Groups().Iommu,
            Interrupts = Models.Blank.Interrupts("PCI-MSI 1-edge").Interrupts,
        });

        Assert.Equal((Rung.Firmware, "FW-001"), (cause.Rung, cause.FindingId));
        Assert.Contains("Intel VT-d", cause.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_without_an_iommu_is_sent_to_its_hypervisor()
    {
        Cause cause = Climb(PlatformModels.HealthyIntel.Virtual() with { Acpi = Models.Blank.Tables("FACP").Acpi, Iommu = Models.Blank.Units().Groups().Iommu });

        Assert.Equal(Rung.Firmware, cause.Rung);
        Assert.Contains("The hypervisor gives this guest no IOMMU: add intel-iommu, amd-iommu or virtio-iommu to it", cause.Sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("intel_iommu=off", "CMD-001")]
    [InlineData("intel_iommu=on intel_iommu=sm_on,off", "CMD-001")]
    [InlineData("iommu=off", "CMD-003")]
    [InlineData("iommu=pt,off", "CMD-003")]
    public void A_token_that_switches_vtd_off_is_named(string tokens, string id)
    {
        HostModel model = PlatformModels.IdleIntel.CommandLine("ro " + tokens).Log(true,
            (LogEventKind.IommuTokenParsed, "DMAR: IOMMU enabled"), (LogEventKind.IommuDisabled, "DMAR: IOMMU disabled"),
            (LogEventKind.InterruptRemappingOn, "DMAR-IR: Enabled IRQ remapping in xapic mode"));
        Cause cause = Climb(model);

        Assert.Equal((Rung.CommandLine, id), (cause.Rung, cause.FindingId));
        Assert.Contains(tokens.Split(' ')[^1], cause.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void The_amd_token_is_named()
    {
        HostModel model = (PlatformModels.IdleIntel with { Acpi = Models.Blank.Tables("FACP", "IVRS").Acpi })
            .Cpu("AuthenticAMD", "svm").Config("AMD_IOMMU=y", "VFIO=y", "VFIO_PCI=y", "VFIO_IOMMU_TYPE1=y").CommandLine("amd_iommu=off");
        Cause cause = Climb(model);

        Assert.Equal((Rung.CommandLine, "CMD-002"), (cause.Rung, cause.FindingId));
        Assert.Contains("amd_iommu=off", cause.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_of_the_other_vendor_is_not_the_cause()
    {
        HostModel model = (PlatformModels.IdleIntel with { Acpi = Models.Blank.Tables("FACP", "IVRS").Acpi })
            .Cpu("AuthenticAMD", "svm").Config("AMD_IOMMU=y", "VFIO=y", "VFIO_PCI=y", "VFIO_IOMMU_TYPE1=y").CommandLine("intel_iommu=off");

        Assert.Equal(Rung.Units, Climb(model).Rung);
    }

    [Fact]
    public void Behind_a_virtual_intel_iommu_an_amd_cpu_does_not_hide_the_intel_token() =>
        Assert.Equal((Rung.CommandLine, "CMD-001"), Climb(PlatformModels.IdleIntel.Virtual().Cpu("AuthenticAMD", "svm", "hypervisor").CommandLine("intel_iommu=off")) is { } cause
            ? (cause.Rung, cause.FindingId) : default);

    [Theory]
    [InlineData("INTEL_IOMMU_DEFAULT_ON=n")]
    [InlineData(null)]
    public void The_missing_token_is_the_cause_where_the_kernel_does_not_start_vtd_by_itself(string? config)
    {
        HostModel model = config is null
            ? PlatformModels.IdleIntel with { Kernel = PlatformModels.IdleIntel.Kernel with { Config = Models.Blank.Kernel.Config } }
            : PlatformModels.IdleIntel.Config(config, "INTEL_IOMMU=y", "VFIO=y", "VFIO_PCI=y", "VFIO_IOMMU_TYPE1=y");
        Cause cause = Climb(model);

        Assert.Equal((Rung.CommandLine, "CMD-001"), (cause.Rung, cause.FindingId));
        Assert.Contains("add intel_iommu=on", cause.Sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INTEL_IOMMU_DEFAULT_ON=y")]
    [InlineData("INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF=y")]
    public void A_kernel_that_starts_vtd_by_itself_needs_no_token(string config) =>
        Assert.Equal(Rung.Units, Climb(PlatformModels.IdleIntel.Config(config, "INTEL_IOMMU=y", "VFIO=y", "VFIO_PCI=y", "VFIO_IOMMU_TYPE1=y")).Rung);

    [Fact]
    public void A_unit_that_does_not_translate_is_driver_init()
    {
        Cause cause = Climb(PlatformModels.IdleIntel.Virtual().Log(true,
            (LogEventKind.IommuDetected, "DMAR: Intel(R) Virtualization Technology for Directed I/O"),
            (LogEventKind.TranslationUnsupported, "DMAR: dmar0: No supported address widths. Not attempting DMA translation.")));

        Assert.Equal(Rung.DriverInit, cause.Rung);
        Assert.Contains("dma-translation=off", cause.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_without_the_driver_is_the_kernel_build()
    {
        Cause cause = Climb(PlatformModels.IdleIntel.Config("INTEL_IOMMU=n", "VFIO=y", "VFIO_PCI=y", "VFIO_IOMMU_TYPE1=y"));

        Assert.Equal((Rung.KernelBuild, "KRN-002"), (cause.Rung, cause.FindingId));
        Assert.Contains("INTEL_IOMMU", cause.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cpu_that_cannot_run_kvm_is_the_first_rung_of_all()
    {
        Cause cause = Climb(PlatformModels.IdleIntel.Cpu("AuthenticAMD", "fpu").Kvm(Models.Absent<int>("/dev/kvm")).CommandLine("intel_iommu=off"));

        Assert.Equal((Rung.Cpu, "FW-003"), (cause.Rung, cause.FindingId));
    }

    [Fact]
    public void An_emulated_amd_cpu_behind_an_intel_iommu_breaks_nothing() =>
        Assert.Null(PlatformModels.HealthyIntel.Virtual().Cpu("AuthenticAMD", "svm", "hypervisor").Kvm(Models.Absent<int>("/dev/kvm")).Judge().Cause);

    [Fact]
    public void Remapping_that_firmware_withholds_is_told_from_the_parameter_intel()
    {
        HostModel model = PlatformModels.HealthyIntel.Virtual().Units(PlatformModels.Dmar(ecap: 0xf42)).DmarTable(flags: 0).Interrupts("PCI-MSI 1-edge", "IO-APIC 2-edge");
        Cause cause = Climb(model);

        Assert.Equal((Rung.InterruptRemapping, "FW-004"), (cause.Rung, cause.FindingId));
        Assert.Contains("intremap=on", cause.Sentence, StringComparison.Ordinal);
        Assert.Contains("firmware setup", Climb(model.Virtual(false)).Sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("intremap=off")]
    [InlineData("nointremap")]
    public void Remapping_that_a_parameter_switches_off_names_it(string token)
    {
        Cause cause = Climb(PlatformModels.HealthyIntel.CommandLine("ro " + token).Interrupts("PCI-MSI 1-edge"));

        Assert.Equal((Rung.InterruptRemapping, "CMD-011"), (cause.Rung, cause.FindingId));
        Assert.Contains(token, cause.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Remapping_that_firmware_withholds_amd()
    {
        HostModel amd = (PlatformModels.HealthyIntel with { Acpi = Models.Blank.Tables("FACP", "IVRS").Acpi }).Cpu("AuthenticAMD", "svm")
            .Units(PlatformModels.Ivhd()).Interrupts("PCI-MSI 1-edge");
        Cause said = Climb(amd.Log(true, (LogEventKind.FirmwareBug, "AMD-Vi: [Firmware Bug]: : IOAPIC[0] not in IVRS table"),
            (LogEventKind.InterruptRemappingOff, "AMD-Vi: Disabling interrupt remapping")));
        Cause table = Climb(amd.IvrsTable([]));

        Assert.Equal(Rung.InterruptRemapping, said.Rung);
        Assert.Contains("ivrs_ioapic[ID]=BDF", said.Sentence, StringComparison.Ordinal);
        Assert.Contains("IOAPIC[0] not in IVRS table", said.Sentence, StringComparison.Ordinal);
        Assert.Contains("names no I/O APIC", table.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Remapping_that_cannot_be_judged_is_no_cause() =>
        Assert.Null((PlatformModels.HealthyIntel with { Interrupts = Models.Blank.Interrupts }).Judge().Cause);

    [Fact]
    public void A_candidate_beside_a_device_of_the_host_is_the_groups_rung()
    {
        PciDevice candidate = Models.Device("0000:00:05.0"), neighbour = Models.Device("0000:00:06.0") with { Driver = Models.Known("e1000") };
        HostModel model = PlatformModels.HealthyIntel.Devices(candidate, neighbour).Groups(Models.Group("4", "0000:00:05.0", "0000:00:06.0"));
        Cause cause = Climb(model, "0000:00:05.0");

        Assert.Equal((Rung.Groups, "GRP-001"), (cause.Rung, cause.FindingId));
        Assert.Contains("0000:00:06.0 (e1000)", cause.Sentence, StringComparison.Ordinal);
        Assert.Null(model.Judge().Cause);
    }

    [Theory]
    [InlineData("vfio-pci", 0x0200)]
    [InlineData("pci-stub", 0x0200)]
    [InlineData("pcieport", 0x0604)]
    [InlineData(null, 0x0200)]
    public void Members_that_do_no_harm_are_no_cause(string? driver, int classCode)
    {
        PciDevice neighbour = Models.Device("0000:00:06.0") with
        {
            Driver = driver is null ? Models.Absent<string>() : Models.Known(driver),
            ClassCode = Models.Known((uint)classCode << 8),
        };
        HostModel model = PlatformModels.HealthyIntel.Devices(Models.Device("0000:00:05.0"), neighbour).Groups(Models.Group("4", "0000:00:05.0", "0000:00:06.0"));

        Assert.NotEqual(Rung.Groups, model.Judge("0000:00:05.0").Cause?.Rung);
    }

    [Fact]
    public void A_reserved_region_on_a_candidate_is_the_device_rung()
    {
        HostModel model = PlatformModels.HealthyIntel.Devices(Models.Device("0000:00:05.0")).Groups(Models.Group("1", "0000:00:05.0") with
        {
            ReservedRegions = Reading.Of<IReadOnlyList<Passthrough.Host.Iommu.ReservedRegion>>([new(0x70000000, 0x7000ffff, "direct")], "/sys/kernel/iommu_groups/1/reserved_regions"),
        });
        Cause cause = Climb(model, "0000:00:05.0");

        Assert.Equal((Rung.Device, "FW-007"), (cause.Rung, cause.FindingId));
        Assert.StartsWith("0000:00:05.0: ", cause.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_candidate_that_waits_for_a_module_that_is_not_loaded_is_the_driver_rung()
    {
        PciDevice waiting = Models.Device("0000:00:05.0") with { DriverOverride = Models.Known("vfio-pci"), Driver = Models.Absent<string>() };
        HostModel model = PlatformModels.HealthyIntel.Devices(waiting).Modules(["kvm_intel", "e1000"], null, null);
        Cause cause = Climb(model, "0000:00:05.0");

        Assert.Equal((Rung.Driver, "MOD-001"), (cause.Rung, cause.FindingId));
        Assert.Contains("modprobe vfio-pci", cause.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_without_vfio_pci_anywhere_is_the_driver_rung()
    {
        HostModel model = PlatformModels.HealthyIntel.Modules(["kvm_intel"], ["ext4"], ["e1000"]);
        model = model with { Kernel = model.Kernel with { Config = Models.Blank.Kernel.Config } };

        Assert.Contains(Climb(model).Rung, new[] { Rung.KernelBuild, Rung.Driver });
    }

    [Fact]
    public void An_empty_class_folder_and_nothing_else_gives_no_false_reason()
    {
        Cause cause = Climb(Models.Blank.Units());

        Assert.Equal(Rung.Units, cause.Rung);
        Assert.Contains("run ptdiag as root", cause.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Masked_tables_in_a_container_are_no_cause() =>
        Assert.Null((Models.Blank with { Acpi = Models.Blank.Acpi with { Names = Models.Absent<IReadOnlyList<string>>("/sys/firmware/acpi/tables") } })
            .Container("/.dockerenv").Cpu("GenuineIntel", "vmx").Judge().Cause);
}
