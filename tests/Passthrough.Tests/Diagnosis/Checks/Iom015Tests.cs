using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Iom015Tests
{
    private static readonly Iom015TranslationOn _check = new();

    [Fact]
    public void The_parsers_line_and_the_detection_line_prove_nothing()
    {
        HostModel model = Models.Blank.WithUnits().WithGroups().WithLog(DeviceCase.Event(LogEventKind.IommuTokenParsed, "DMAR: IOMMU enabled"),
            DeviceCase.Event(LogEventKind.IommuDetected, "DMAR: Intel(R) Virtualization Technology for Directed I/O"),
            DeviceCase.Event(LogEventKind.InterruptRemappingOn, "DMAR-IR: Enabled IRQ remapping in x2apic mode"));
        Finding finding = DeviceCase.One(_check, model);
        Assert.Equal(Verdict.Fail, finding.Verdict);
        Assert.Contains("only that intel_iommu=on was parsed", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_with_a_member_proves_it() =>
        Assert.Equal(Verdict.Pass, DeviceCase.One(_check, Models.Blank.WithGroups(Models.Group("1", "0000:01:00.0"))).Verdict);

    [Fact]
    public void A_translation_fault_in_the_log_proves_it() => Assert.Equal(Verdict.Pass, DeviceCase.One(_check,
        Models.Blank.WithLog(false, false, DeviceCase.Event(LogEventKind.AmdEvent, "AMD-Vi: Event logged [IO_PAGE_FAULT"))).Verdict);

    [Fact]
    public void An_interrupt_fault_does_not_prove_translation() => Assert.Equal(Verdict.Unknown, DeviceCase.One(_check,
        Models.Blank.WithLog(false, false, DeviceCase.Event(LogEventKind.InterruptRemapFault, "DMAR: [INTR-REMAP] Request device"))).Verdict);

    [Fact]
    public void Noiommu_groups_do_not_prove_it() =>
        Assert.Equal(Verdict.Fail, DeviceCase.One(_check, Models.Blank.WithUnits().WithGroups(DeviceCase.NoIommu("0", "0000:00:05.0"))).Verdict);

    [Fact]
    public void A_log_from_the_boot_on_without_anything_is_a_no_and_a_cut_log_is_not()
    {
        Assert.Equal(Verdict.Fail, DeviceCase.One(_check, Models.Blank.WithLog()).Verdict);
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, Models.Blank.WithLog(false, false)).Verdict);
    }
}
