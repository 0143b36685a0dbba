using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Firmware;
using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Tests.Host;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Fw010Tests
{
    private const string Low = "00001000-0009ffff : System RAM\nc0000000-febfffff : PCI Bus 0000:00\n  fe000000-fe7fffff : PCI Bus 0000:01\n";
    private const string High = "380000000000-3807ffffffff : PCI Bus 0000:00\n";
    private static readonly Fw010LargeWindows _check = new();

    private static HostModel Machine(string iomem, params PciBar[] bars) =>
        Models.Blank.Devices(Models.Device("0000:01:00.0") with { Bars = Models.Known<IReadOnlyList<PciBar>>(bars) }) with
        {
            PciWindows = IoMemoryReader.Read(new TreeEvidence { ["/proc/iomem"] = iomem }),
        };

    [Fact]
    public void A_window_above_four_gigabytes_passes() => Assert.Equal(Verdict.Pass, _check.Single(Machine(Low + High)).Verdict);

    [Fact]
    public void A_bar_above_four_gigabytes_passes_without_privilege() => Assert.Equal(Verdict.Pass,
        _check.Single(Machine("00000000-00000000 : PCI Bus 0000:00\n", new PciBar(0, 0x3800_0000_0000, 1UL << 34, PciBarKind.Memory64, true))).Verdict);

    [Fact]
    public void A_large_bar_without_an_address_warns_and_none_is_a_note()
    {
        Assert.Equal(Verdict.Warn, _check.Single(Machine(Low, new PciBar(0, 0, 1UL << 34, PciBarKind.Memory64, true))).Verdict);
        Assert.Equal(Verdict.Note, _check.Single(Machine(Low, new PciBar(0, 0xfe00_0000, 1UL << 20, PciBarKind.Memory32, false))).Verdict);
    }

    [Fact]
    public void Zeros_tell_nothing()
    {
        HostModel model = Machine("00000000-00000000 : System RAM\n00000000-00000000 : PCI Bus 0000:00\n");
        Assert.Equal(Outcome.Denied, model.PciWindows.Outcome);
        Assert.Equal(Verdict.Unknown, _check.Single(model).Verdict);
    }

    [Fact]
    public void The_logs_windows_count() => Assert.Equal(Verdict.Pass, _check.Single(Models.Blank with
    {
        Log = new KernelLog { Content = Reading.Of(LogClassifier.Classify("[    0.5] pci_bus 0000:00: root bus resource [mem 0x380000000000-0x3807ffffffff window]\n"), "/dev/kmsg") },
    }).Verdict);

    [Theory]
    [InlineData("garbage")]
    [InlineData("")]
    public void Text_of_another_form_is_unknown(string text) => Assert.Equal(Verdict.Unknown, _check.Single(Machine(text)).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
