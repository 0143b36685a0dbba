using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Irq001Tests
{
    private static readonly Irq001Remapping _check = new();
    private static readonly LogEvent _on = DeviceCase.Event(LogEventKind.InterruptRemappingOn, "DMAR-IR: Enabled IRQ remapping in x2apic mode");
    private static readonly LogEvent _off = DeviceCase.Event(LogEventKind.InterruptRemappingOff, "AMD-Vi: Disabling interrupt remapping");

    [Theory]
    [InlineData("IR-PCI-MSI-0000:00:05.0 0-edge", Verdict.Pass)]
    [InlineData("IR-IO-APIC 9-fasteoi", Verdict.Pass)]
    [InlineData("IR-PCI-MSI 475136-edge", Verdict.Pass)]
    [InlineData("ITS-MSI 524288 Edge", Verdict.Pass)]
    [InlineData("PCI-MSI-0000:00:05.0 0-edge", Verdict.Fail)]
    [InlineData("IO-APIC 2-edge", Verdict.Fail)]
    [InlineData("DMAR-MSI 0-edge", Verdict.Unknown)]
    [InlineData("xen-pirq -ioapic-edge", Verdict.Unknown)]
    public void The_chips_decide(string chip, Verdict expected) =>
        Assert.Equal(expected, DeviceCase.One(_check, Models.Blank.WithInterrupts(DeviceCase.Line("30", chip, "x"))).Verdict);

    [Fact]
    public void The_table_wins_over_the_log() =>
        Assert.Equal(Verdict.Fail, DeviceCase.One(_check, Models.Blank.WithInterrupts(DeviceCase.Line("30", "PCI-MSI 1-edge", "x")).WithLog(_on)).Verdict);

    [Fact]
    public void Without_a_table_the_last_word_of_the_log_counts()
    {
        Assert.Equal(Verdict.Pass, DeviceCase.One(_check, Models.Blank.WithLog(_off, _on)).Verdict);
        Assert.Equal(Verdict.Fail, DeviceCase.One(_check, Models.Blank.WithLog(_on, _off)).Verdict);
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, Models.Blank.WithLog()).Verdict);
    }

    [Fact]
    public void The_remedy_tells_command_line_firmware_and_a_weak_unit_apart()
    {
        HostModel off = Models.Blank.WithInterrupts(DeviceCase.Line("30", "PCI-MSI 1-edge", "x")).WithGroups(Models.Group("1", "0000:01:00.0"));
        Assert.Contains("intremap=off", Remedy(off.WithCommandLine("intremap=nosid,off").WithUnits(DeviceCase.Unit("dmar0", 0, 0xf00f4a))), StringComparison.Ordinal);
        Assert.Contains("dmar1 cannot remap", Remedy(off.WithUnits(DeviceCase.Unit("dmar0", 0, 0xf00f4a), DeviceCase.Unit("dmar1", 0, 0xf42))), StringComparison.Ordinal);
        Assert.Contains("intremap=on", Remedy(off.WithUnits(DeviceCase.Unit("virtio0")) with { IsVirtualMachine = true }), StringComparison.Ordinal);
    }

    [Fact]
    public void Allowed_unsafe_interrupts_do_not_make_it_healthy()
    {
        Finding finding = DeviceCase.One(_check, Models.Blank.WithInterrupts(DeviceCase.Line("30", "PCI-MSI 1-edge", "x")).WithParameter("vfio_iommu_type1/allow_unsafe_interrupts", "Y"));
        Assert.Equal(Verdict.Fail, finding.Verdict);
        Assert.Contains("can inject interrupts", finding.Message, StringComparison.Ordinal);
    }

    private static string Remedy(HostModel model) => DeviceCase.One(_check, model).Remedy[0].Text;
}
