using Passthrough.Diagnosis;
using Passthrough.Host.Iommu;
using Passthrough.Host.Logs;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis;

public class IommuJudgementTests
{
    [Fact]
    public void A_group_with_a_member_is_active() =>
        Assert.Equal(TriState.Yes, IommuJudgement.Of(Models.Blank.Groups(Models.Group("3", "0000:01:00.0"))).State);

    [Fact]
    public void A_noiommu_group_is_not()
    {
        IommuGroup group = Models.Group("0", "0000:01:00.0") with { Name = Models.Known("vfio-noiommu") };

        Assert.Equal(TriState.No, IommuJudgement.Of(Models.Blank.Units().Groups(group)).State);
        Assert.Equal(0, IommuJudgement.Of(Models.Blank.Units().Groups(group)).Groups);
    }

    [Fact]
    public void An_empty_class_folder_is_inactive_and_an_unread_one_unknown()
    {
        Assert.Equal(TriState.No, IommuJudgement.Of(Models.Blank.Units()).State);
        Assert.Equal(TriState.Unknown, IommuJudgement.Of(Models.Blank).State);
    }

    [Fact]
    public void A_log_that_reaches_boot_without_a_trace_is_inactive_a_wrapped_one_unknown()
    {
        Assert.Equal(TriState.No, IommuJudgement.Of(Models.Blank.Log(complete: true)).State);
        Assert.Equal(TriState.Unknown, IommuJudgement.Of(Models.Blank.Log(complete: false)).State);
    }

    [Fact]
    public void Interrupt_remapping_and_the_parsed_token_are_no_translation()
    {
        var model = Models.Blank.Log(complete: true, (LogEventKind.IommuTokenParsed, "DMAR: IOMMU enabled"),
            (LogEventKind.IommuDetected, "DMAR: Intel(R) Virtualization Technology for Directed I/O"),
            (LogEventKind.InterruptRemappingOn, "DMAR-IR: Enabled IRQ remapping in xapic mode"));

        Assert.Equal(TriState.No, IommuJudgement.Of(model).State);
        Assert.Equal(TriState.Yes, IommuJudgement.Of(model).InterruptRemapping);
    }

    [Fact]
    public void A_translation_fault_is_active_an_interrupt_fault_is_not()
    {
        Assert.Equal(TriState.Yes, IommuJudgement.Of(Models.Blank.Log(false, (LogEventKind.DmarFault, "DMAR: [DMA Read NO_PASID] …"))).State);
        Assert.Equal(TriState.Unknown, IommuJudgement.Of(Models.Blank.Log(false, (LogEventKind.InterruptRemapFault, "DMAR: [INTR-REMAP] …"))).State);
    }

    [Fact]
    public void Groups_that_the_log_assigns_are_active_where_sysfs_was_not_seen()
    {
        var model = Models.Blank.Log(true);
        model = model with
        {
            Log = new KernelLog
            {
                Content = model.Log.Content with
                {
                    Value = model.Log.Content.Value! with { Groups = new Dictionary<string, IReadOnlyList<PciAddress>> { ["4"] = [default] } },
                },
            },
        };

        Assert.Equal(TriState.Yes, IommuJudgement.Of(model).State);
        Assert.Null(IommuJudgement.Of(model).Groups);
        Assert.Equal(TriState.No, IommuJudgement.Of(model.Units()).State);
    }

    [Theory]
    [InlineData("DMAR", "intel")]
    [InlineData("IVRS", "amd")]
    [InlineData("VIOT", "virtio")]
    [InlineData("IORT", "arm")]
    public void Without_units_the_table_names_the_vendor(string table, string vendor) =>
        Assert.Equal(vendor, IommuJudgement.Of(Models.Blank.Tables("FACP", table).Cpu("AuthenticAMD")).Vendor);

    [Fact]
    public void The_units_name_the_vendor_whatever_the_cpu_says() =>
        Assert.Equal("intel", IommuJudgement.Of(Models.Blank.Cpu("AuthenticAMD", "svm").Units(PlatformModels.Dmar())).Vendor);

    [Fact]
    public void The_vendor_is_none_only_when_the_lack_of_a_table_is_known()
    {
        Assert.Equal("none", IommuJudgement.Of(Models.Blank.Tables("FACP").Units()).Vendor);
        Assert.Null(IommuJudgement.Of(Models.Blank.Tables("FACP")).Vendor);
        Assert.Null(IommuJudgement.Of(Models.Blank.Tables().Units()).Vendor);
        Assert.Null(IommuJudgement.Of(Models.Blank.Units()).Vendor);
    }

    [Theory]
    [InlineData("PCI-MSI 327680-edge", TriState.No)]
    [InlineData("IO-APIC 2-edge", TriState.No)]
    [InlineData("DMAR-MSI 0-edge", TriState.Unknown)]
    [InlineData("GICv3 27 Level", TriState.Unknown)]
    [InlineData("IR-PCI-MSI-0000:00:05.0 0-edge", TriState.Yes)]
    [InlineData("INTEL-IR-0 1-edge", TriState.Yes)]
    public void The_chips_of_proc_interrupts_tell_whether_interrupts_are_remapped(string chip, TriState expected) =>
        Assert.Equal(expected, IommuJudgement.Of(Models.Blank.Interrupts(chip)).InterruptRemapping);

    [Fact]
    public void Without_any_line_remapping_is_unknown() =>
        Assert.Equal(TriState.Unknown, IommuJudgement.Of(Models.Blank.Interrupts()).InterruptRemapping);
}
