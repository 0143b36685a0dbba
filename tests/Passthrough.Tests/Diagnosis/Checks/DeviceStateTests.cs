using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Host.Usage;
using Passthrough.Tests.Diagnosis.Grouping;
using Passthrough.Tests.Evidence;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

/// <summary>DEV-007, DEV-008, RST-002, BAR-001, BAR-002 and SRV-002.</summary>
public sealed class DeviceStateTests
{
    private const string Card = "0000:01:00.0";
    private static readonly PciDevice _port = Tree.Of("0000:00:01.0", Tree.RootPort, group: "1");
    private static readonly PciDevice _card = Tree.Of(Card, Tree.Endpoint, "0000:00:01.0", group: "2", driver: "vfio-pci");
    private static readonly PciDevice _screen = _card with
    {
        ClassCode = Models.Known(0x030000u),
        BootVga = Models.Known(false),
        Bars = Bars(new PciBar(1, 0xc000_0000, 0x1000_0000, PciBarKind.Memory64, true)),
    };

    private static Reading<IReadOnlyList<PciBar>> Bars(params PciBar[] bars) => Models.Known<IReadOnlyList<PciBar>>(bars, "/sys/bus/pci/devices/0000:01:00.0/resource");

    private static Verdict One(Check check, PciDevice device, Func<HostModel, HostModel>? change = null) =>
        DeviceCase.One(check, (change ?? (model => model))(Tree.Machine(_port, device)), Card).Verdict;

    [Theory]
    [InlineData(0, 0, 0, Verdict.Pass)]
    [InlineData(7, 0, 0, Verdict.Note)]
    [InlineData(0, 1, 0, Verdict.Warn)]
    [InlineData(0, 0, 2, Verdict.Warn)]
    public void Errors_since_boot_are_counted_and_only_uncorrectable_ones_warn(long correctable, long nonFatal, long fatal, Verdict expected) =>
        Assert.Equal(expected, One(new Dev007ErrorCounters(), _card with { Errors = new PciErrors(Models.Known(correctable), Models.Known(nonFatal), Models.Known(fatal)) }));

    [Fact]
    public void A_total_that_was_not_read_leaves_no_pass()
    {
        Assert.Equal(Verdict.Unknown, One(new Dev007ErrorCounters(), _card with { Errors = new PciErrors(Models.Known(0L), Models.Known(0L), Models.None<long>()) }));
        Assert.Equal(Verdict.NotApplicable, One(new Dev007ErrorCounters(), _card with { Errors = new PciErrors(Models.Absent<long>(), Models.Absent<long>(), Models.Absent<long>()) }));
    }

    [Fact]
    public void A_framebuffer_in_a_bar_fails_on_vfio_and_warns_before()
    {
        HostModel Held(HostModel model) => model with { Framebuffers = Models.Known<IReadOnlyList<MemoryRange>>([new MemoryRange(0xc000_0000, 0xc07f_ffff, "BOOTFB", 40)]) };
        Assert.Equal(Verdict.Fail, One(new Dev008Framebuffer(), _screen, Held));
        Assert.Equal(Verdict.Warn, One(new Dev008Framebuffer(), _screen with { Driver = Models.Absent<string>(), HasVfioFolder = Models.Known(false) }, Held));
        Assert.Equal(Verdict.Unknown, One(new Dev008Framebuffer(), _screen with { Driver = Models.None<string>(), HasVfioFolder = Models.None<bool>() }, Held));
        PciDevice elsewhere = _screen with { Bars = Bars(new PciBar(1, 0xe000_0000, 0x1000_0000, PciBarKind.Memory64, true)) };
        Assert.Equal(Verdict.Pass, One(new Dev008Framebuffer(), elsewhere, Held));
    }

    [Fact]
    public void Addresses_that_show_as_zero_prove_nothing()
    {
        HostModel Hidden(HostModel model) => model with { Framebuffers = Reading.Missing<IReadOnlyList<MemoryRange>>(Outcome.Denied, "/proc/iomem") };
        Assert.Equal(Verdict.Unknown, One(new Dev008Framebuffer(), _screen, Hidden));
        Assert.Equal(Verdict.NotApplicable, One(new Dev008Framebuffer(), _card, Hidden));
        HostModel None(HostModel model) => model with { Framebuffers = Models.Known<IReadOnlyList<MemoryRange>>([]) };
        Assert.Equal(Verdict.Note, One(new Dev008Framebuffer(), _screen with { BootVga = Models.Known(true) }, None));
    }

    [Fact]
    public void A_bus_reset_reaches_behind_further_bridges()
    {
        PciDevice bus = _card with { ResetMethods = Models.Known<IReadOnlyList<string>>(["bus"]) };
        PciDevice bridge = Tree.Of("0000:01:01.0", Tree.Upstream, "0000:00:01.0", group: "2");
        PciDevice behind = Tree.Of("0000:03:00.0", Tree.Endpoint, "0000:01:01.0", group: "2", driver: "ahci");
        Finding finding = DeviceCase.One(new Rst002BusScope(), Tree.Machine(_port, bus, bridge, behind), Card);
        Assert.Equal(Verdict.Warn, finding.Verdict);
        Assert.Contains("0000:03:00.0 (ahci)", finding.Message, StringComparison.Ordinal);
        Assert.Equal(Verdict.Unknown, DeviceCase.One(new Rst002BusScope(), Tree.Machine(_port, bus, bridge, behind with { Driver = Models.None<string>() }), Card).Verdict);
        Assert.Equal(Verdict.Note, DeviceCase.One(new Rst002BusScope(), Tree.Machine(_port, bus, bridge, behind with { Driver = Models.Absent<string>() }), Card).Verdict);
        Assert.Equal(Verdict.Pass, One(new Rst002BusScope(), bus));
        Assert.Equal(Verdict.Pass, One(new Rst002BusScope(), _card));
    }

    [Fact]
    public void A_driver_that_could_not_be_seen_makes_the_reset_unknown_and_not_failed()
    {
        PciDevice bus = _card with { ResetMethods = Models.Known<IReadOnlyList<string>>(["bus"]) };
        PciDevice other = Tree.Of("0000:01:01.0", Tree.Endpoint, "0000:00:01.0", group: "2") with { Driver = Models.None<string>(), HasVfioFolder = Models.None<bool>() };
        Assert.Equal(Verdict.Unknown, DeviceCase.One(new Rst001FunctionReset(), Tree.Machine(_port, bus, other), Card).Verdict);
    }

    [Fact]
    public void A_memory_bar_without_an_address_fails_and_a_port_bar_does_not()
    {
        PciBar good = new(0, 0xf000_0000, 0x4000, PciBarKind.Memory64, false);
        Assert.Equal(Verdict.Pass, One(new Bar001Assigned(), _card with { Bars = Bars(good) }));
        Assert.Equal(Verdict.Fail, One(new Bar001Assigned(), _card with { Bars = Bars(good, new PciBar(1, 0, 1L << 34, PciBarKind.Memory64, true)) }));
        Assert.Equal(Verdict.Note, One(new Bar001Assigned(), _card with { Bars = Bars(good, new PciBar(5, 0, 128, PciBarKind.Io, false)) }));
        Assert.Equal(Verdict.Unknown, One(new Bar001Assigned(), _card with { Bars = Bars(new PciBar(1, 0, 1L << 34, PciBarKind.Memory64, true)) }));
    }

    [Fact]
    public void Resizable_bars_are_told_with_their_sizes()
    {
        PciDevice sized = _card with { Capabilities = _card.Capabilities with { ResizableBar = true, ResizableBars = [new ResizableBar(1, 256L << 20, 16L << 30)] } };
        Finding finding = DeviceCase.One(new Bar002Resizable(), Tree.Machine(_port, sized), Card);
        Assert.Equal(Verdict.Note, finding.Verdict);
        Assert.Contains("BAR 1 is 256 MiB of at most 16 GiB", finding.Message, StringComparison.Ordinal);
        Assert.Equal(Verdict.NotApplicable, One(new Bar002Resizable(), _card));
        Assert.Equal(Verdict.Unknown, One(new Bar002Resizable(), Tree.Of(Card, Tree.Endpoint, "0000:00:01.0", group: "2", length: 64)));
    }

    [Theory]
    [InlineData(0, 0, Verdict.Note)]
    [InlineData(1, 1, Verdict.Pass)]
    [InlineData(2, 1, Verdict.Unknown)]
    public void Configured_virtual_functions_are_counted(long configured, int there, Verdict expected)
    {
        PciDevice child = Tree.Of("0000:01:10.0", Tree.Endpoint, "0000:00:01.0") with { Sriov = new PciSriov(Models.Absent<long>(), Models.Absent<long>(), Models.Absent<bool>(), _card.Address, []) };
        PciDevice physical = _card with { Sriov = new PciSriov(Models.Known(8L), Models.Known(configured), Models.Known(true), null, there > 0 ? [child.Address] : []) };
        PciDevice port = _port with { Sriov = new PciSriov(Models.Absent<long>(), Models.Absent<long>(), Models.Absent<bool>(), null, []) };
        Assert.Equal(expected, DeviceCase.One(new Srv002Configured(), Tree.Machine(port, physical, child), Card).Verdict);
        Assert.Equal(Verdict.NotApplicable, DeviceCase.One(new Srv002Configured(), Tree.Machine(port)).Verdict);
        Assert.Equal(Verdict.Unknown, DeviceCase.One(new Srv002Configured(), Tree.Machine(port, physical with { Sriov = physical.Sriov with { Configured = Models.None<long>() } })).Verdict);
    }

    [Fact]
    public void A_narrow_link_below_a_port_that_was_not_seen_is_unknown()
    {
        PciLink narrow = new(Models.Known(8.0), Models.Known(4), Models.Known(8.0), Models.Known(16));
        PciDevice wide = _port with { Link = new PciLink(Models.Known(8.0), Models.Known(4), Models.Known(8.0), Models.Known(16)) };
        PciDevice small = _port with { Link = new PciLink(Models.Known(8.0), Models.Known(4), Models.Known(8.0), Models.Known(4)) };
        Assert.Equal(Verdict.Warn, DeviceCase.One(new Dev006Link(), Tree.Machine(wide, _card with { Link = narrow }), Card).Verdict);
        Assert.Equal(Verdict.Note, DeviceCase.One(new Dev006Link(), Tree.Machine(small, _card with { Link = narrow }), Card).Verdict);
        Assert.Equal(Verdict.Unknown, DeviceCase.One(new Dev006Link(), Tree.Machine(_port, _card with { Link = narrow }), Card).Verdict);
    }

    [Fact]
    public void An_integrated_endpoint_has_no_link()
    {
        PciDevice integrated = Tree.Of("0000:00:02.0", Tree.Integrated, group: "2") with
        {
            Link = new PciLink(Reading.Failed<double>("/speed", "Unknown"), Models.Known(0), Reading.Failed<double>("/max", "Unknown"), Models.Known(255)),
        };
        Assert.Equal(Verdict.NotApplicable, DeviceCase.One(new Dev006Link(), Tree.Machine(integrated), "0000:00:02.0").Verdict);
    }

    [Fact]
    public void A_refusal_in_the_log_fails_and_an_incomplete_log_proves_nothing()
    {
        PciDevice free = _card with { Driver = Models.Absent<string>(), HasVfioFolder = Models.Known(false) };
        HostModel Refused(HostModel model) => model.WithLog(DeviceCase.Event(LogEventKind.Denylisted, "device denylist", Card));
        Assert.Equal(Verdict.Fail, One(new Dev010Denylist(), free, Refused));
        Assert.Equal(Verdict.Pass, One(new Dev010Denylist(), _card));
        Assert.Equal(Verdict.Pass, One(new Dev010Denylist(), free, model => model.WithLog()));
        Assert.Equal(Verdict.Unknown, One(new Dev010Denylist(), free, model => model.WithLog(false, false)));
        Assert.Equal(Verdict.Unknown, One(new Dev010Denylist(), free));
    }

    [Fact]
    public void A_reset_file_is_no_function_level_reset()
    {
        // Trap 10.
        PciDevice without = _card with { HasReset = Models.Known(true) };
        Assert.Equal(Verdict.Note, One(new Rst003FunctionLevelReset(), without));
        Assert.Equal(Verdict.Pass, One(new Rst003FunctionLevelReset(), _card with { Capabilities = _card.Capabilities with { Flr = true } }));
        Assert.Equal(Verdict.Unknown, One(new Rst003FunctionLevelReset(), Tree.Of(Card, Tree.Endpoint, "0000:00:01.0", group: "2", length: 64)));
    }

    [Fact]
    public void A_failed_reset_in_the_log_fails()
    {
        HostModel Failed(HostModel model) => model.WithLog(DeviceCase.Event(LogEventKind.ResetProblem, "not ready 65535ms after FLR; giving up", Card));
        HostModel Restored(HostModel model) => model.WithLog(DeviceCase.Event(LogEventKind.ResetProblem, "vfio_bar_restore: reset recovery - restoring BARs", Card));
        Assert.Equal(Verdict.Fail, One(new Rst005ResetFailures(), _card, Failed));
        Assert.Equal(Verdict.Note, One(new Rst005ResetFailures(), _card, Restored));
        Assert.Equal(Verdict.Pass, One(new Rst005ResetFailures(), _card, model => model.WithLog()));
        Assert.Equal(Verdict.Unknown, One(new Rst005ResetFailures(), _card));
    }

    [Fact]
    public void A_physical_function_on_vfio_with_virtual_ones_warns()
    {
        PciSriov With(long configured) => new(Models.Known(8L), Models.Known(configured), Models.Known(true), null, []);
        Assert.Equal(Verdict.Warn, One(new Srv007PhysicalFunctionOwner(), _card with { Sriov = With(2) }));
        Assert.Equal(Verdict.Pass, One(new Srv007PhysicalFunctionOwner(), _card with { Sriov = With(0) }));
        Assert.Equal(Verdict.Pass, One(new Srv007PhysicalFunctionOwner(), _card with { Sriov = With(2), Driver = Models.Known("ixgbe"), HasVfioFolder = Models.Known(false) }));
        Assert.Equal(Verdict.Unknown, One(new Srv007PhysicalFunctionOwner(), _card with { Sriov = With(2) with { Configured = Models.None<long>() } }));
    }

    [Fact]
    public void Units_that_differ_are_named()
    {
        // Trap 24.
        HostModel model = Models.Blank.WithUnits(DeviceCase.Unit("dmar0", 1UL << 59, 0x88), DeviceCase.Unit("dmar1", 1UL << 59, 0x80));
        Finding finding = DeviceCase.One(new Iom010UnitsAgree(), model);
        Assert.Equal(Verdict.Note, finding.Verdict);
        Assert.Contains("dmar1 without interrupt remapping", finding.Message, StringComparison.Ordinal);
        Assert.Equal(Verdict.Pass, DeviceCase.One(new Iom010UnitsAgree(), Models.Blank.WithUnits(DeviceCase.Unit("dmar0", 1, 0x88), DeviceCase.Unit("dmar1", 1, 0x88))).Verdict);
        Assert.Equal(Verdict.Unknown, DeviceCase.One(new Iom010UnitsAgree(), Models.Blank.WithUnits(DeviceCase.Unit("dmar0", 1, 0x88), DeviceCase.Unit("dmar1", 1))).Verdict);
        Assert.Equal(Verdict.NotApplicable, DeviceCase.One(new Iom010UnitsAgree(), Models.Blank.WithUnits(DeviceCase.Unit("ivhd0"))).Verdict);
    }

    [Fact]
    public void Mediated_devices_are_said_to_be_not_judged()
    {
        PciDevice shared = _card with { HasMediatedTypes = Models.Known(true), Sriov = new PciSriov(Models.Absent<long>(), Models.Absent<long>(), Models.Absent<bool>(), null, []) };
        Finding finding = DeviceCase.One(new Srv001Capability(), Tree.Machine(_port, shared), Card);
        Assert.Equal(Verdict.Note, finding.Verdict);
        Assert.Contains("not judged by this version", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_listing_of_functions_that_holds_no_address_is_a_failed_reading()
    {
        var machine = new ScriptedEvidence().Folder("/sys/bus/pci/devices", "garbage", "more");
        Assert.Equal(Outcome.Failed, PciReader.Read(machine).Devices.Outcome);
        Assert.True(PciReader.Read(new ScriptedEvidence().Folder("/sys/bus/pci/devices")).Devices.IsKnown);
    }

    [Fact]
    public void Counters_are_read_from_the_last_line_and_other_text_is_no_number()
    {
        ScriptedEvidence Card(string text) => new ScriptedEvidence()
            .Folder("/sys/bus/pci/devices", "0000:01:00.0").Folder("/sys/bus/pci/devices/0000:01:00.0", "aer_dev_fatal", "class")
            .File("/sys/bus/pci/devices/0000:01:00.0/class", "0x010802").File("/sys/bus/pci/devices/0000:01:00.0/aer_dev_fatal", text);
        Assert.Equal(3, PciReader.Read(Card("Undefined 1\nDLP 2\nTOTAL_ERR_FATAL 3\n")).All[0].Errors.Fatal.Value);
        Assert.Equal(Outcome.Failed, PciReader.Read(Card("TOTAL_ERR_FATAL x")).All[0].Errors.Fatal.Outcome);
        Assert.Equal(Outcome.Failed, PciReader.Read(Card("")).All[0].Errors.Fatal.Outcome);
    }

    [Fact]
    public void Framebuffer_ranges_are_read_and_zeros_are_a_refusal()
    {
        ScriptedEvidence Map(string text) => new ScriptedEvidence().File("/proc/iomem", text);
        MemoryRange range = Assert.Single(FramebufferReader.Read(Map("c0000000-cfffffff : PCI Bus 0000:01\n  c0000000-c07fffff : BOOTFB\n")).Value!);
        Assert.Equal((0xc000_0000UL, 2), (range.Start, range.Line));
        Assert.Equal(Outcome.Denied, FramebufferReader.Read(Map("00000000-00000000 : System RAM\n  00000000-00000000 : BOOTFB\n")).Outcome);
        Assert.Equal(Outcome.Denied, FramebufferReader.Read(Map("garbage : - : 7x")).Outcome);
    }
}
