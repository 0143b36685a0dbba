using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Iom012Tests
{
    private static readonly Iom012DmaFaults _check = new();
    private static readonly HostModel _host = Models.Blank.With(DeviceCase.Device("0000:01:00.0", group: "1")).WithUnits(DeviceCase.Unit("dmar0"));

    private static LogEvent Fault(string? device) => DeviceCase.Event(LogEventKind.DmarFault, "DMAR: [DMA Read NO_PASID] Request device", device, "0x06");

    [Fact]
    public void A_candidates_fault_fails_and_another_functions_warns()
    {
        IReadOnlyList<Finding> findings = DeviceCase.Run(_check, _host.WithLog(Fault("0000:01:00.0"), Fault("0000:00:02.0"), Fault("0000:01:00.0")), "0000:01:00.0");
        Assert.Equal([(Verdict.Warn, "0000:00:02.0"), (Verdict.Fail, "0000:01:00.0")], findings.Select(finding => (finding.Verdict, finding.Subject)));
        Assert.Contains("2 faults (reason 0x06)", findings[1].Message, StringComparison.Ordinal);
        Assert.Equal(77, findings[1].Evidence[0].Line);
    }

    [Fact]
    public void Suppressed_lines_make_the_count_a_lower_bound() =>
        Assert.Contains("at least 1 fault", DeviceCase.One(_check, _host.WithLog(true, true, Fault("0000:01:00.0"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(LogEventKind.AmdEvent)]
    [InlineData(LogEventKind.SmmuFault)]
    [InlineData(LogEventKind.InterruptRemapFault)]
    public void Every_kind_of_fault_counts(LogEventKind kind) =>
        Assert.Equal(Verdict.Warn, DeviceCase.One(_check, _host.WithLog(DeviceCase.Event(kind, "text"))).Verdict);

    [Fact]
    public void A_log_from_the_boot_on_without_a_fault_passes() => Assert.Equal(Verdict.Pass, DeviceCase.One(_check, _host.WithLog()).Verdict);

    [Fact]
    public void A_log_that_does_not_reach_the_boot_proves_nothing()
    {
        Finding finding = DeviceCase.One(_check, _host.WithLog(false, false));
        Assert.Equal(Verdict.Unknown, finding.Verdict);
        Assert.Contains("journalctl -k -b", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Suppressed_lines_alone_mean_that_there_were_faults() => Assert.Equal(Verdict.Warn, DeviceCase.One(_check, _host.WithLog(true, true)).Verdict);

    [Fact]
    public void Without_an_iommu_no_fault_can_be_reported() =>
        Assert.Equal(Verdict.NotApplicable, DeviceCase.One(_check, Models.Blank.WithUnits().WithGroups().WithLog()).Verdict);
}
