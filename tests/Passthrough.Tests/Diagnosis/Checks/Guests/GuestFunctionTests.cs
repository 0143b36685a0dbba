using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Guests;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks.Guests;

/// <summary>VIRT-001 to VIRT-004, VIRT-010 to VIRT-013, candidates and logs: which functions a guest is given, and how.</summary>
public sealed class GuestFunctionTests
{
    private static readonly PciDevice _gpu = DeviceCase.Device("0000:01:00.0", "nvidia", 0x030000, "12") with { VendorId = Models.Known<ushort>(0x10de) };
    private static readonly PciDevice _audio = DeviceCase.Device("0000:01:00.1", "snd_hda_intel", 0x040300, "12");
    private static readonly PciDevice _port = DeviceCase.Device("0000:00:01.0", "pcieport", 0x060400, "12");
    private static readonly HostModel _host = Models.Blank.With(_gpu, _audio, _port);

    [Theory]
    [InlineData("0000:01:00.0", Verdict.Pass)]
    [InlineData("0000:02:00.0", Verdict.Fail)]
    [InlineData("0000:00:01.0", Verdict.Fail)]
    public void An_address_must_have_a_function_that_is_no_bridge(string address, Verdict expected) =>
        Assert.Equal(expected, GuestCase.Of(new Virt001Addresses(), _host.WithGuest(GuestCase.Xml(GuestCase.Hostdev(address)))));

    [Fact]
    public void Unread_functions_are_unknown_and_an_interface_needs_a_network_function()
    {
        Assert.Equal(Verdict.Unknown, GuestCase.Of(new Virt001Addresses(), Models.Blank.WithGuest(GuestCase.Xml(GuestCase.Hostdev("0000:01:00.0")))));
        string nic = "<interface type='hostdev' managed='yes'><source><address type='pci' domain='0' bus='1' slot='0' function='0'/></source></interface>";
        Assert.Equal(Verdict.Fail, GuestCase.Of(new Virt001Addresses(), _host.WithGuest(GuestCase.Xml(nic))));
        Assert.Equal(Verdict.Pass, GuestCase.Of(new Virt001Addresses(), Models.Blank.With(_gpu with { ClassCode = Models.Known(0x020000u) }).WithGuest(GuestCase.Xml(nic))));
        Assert.Equal(Verdict.Fail, GuestCase.Of(new Virt001Addresses(), _host.WithGuest(GuestCase.Xml("<hostdev mode='subsystem' type='pci'><source/></hostdev>"))));
    }

    [Theory]
    [InlineData("managed='yes'", "nvidia", Verdict.Pass)]
    [InlineData("", "nvidia", Verdict.Fail)]
    [InlineData("managed='no'", null, Verdict.Fail)]
    [InlineData("managed='no'", "vfio-pci", Verdict.Pass)]
    [InlineData("managed='true'", "vfio-pci", Verdict.Fail)]
    public void Unmanaged_functions_must_be_on_vfio_before(string managed, string? driver, Verdict expected) => Assert.Equal(expected,
        GuestCase.Of(new Virt002Managed(), Models.Blank.With(DeviceCase.Device("0000:01:00.0", driver)).WithGuest(GuestCase.Xml(GuestCase.Hostdev("0000:01:00.0", managed)))));

    [Fact]
    public void An_unread_driver_matters_only_without_managed()
    {
        HostModel model = Models.Blank.With(Models.Device("0000:01:00.0"));
        Assert.Equal(Verdict.Unknown, GuestCase.Of(new Virt002Managed(), model.WithGuest(GuestCase.Xml(GuestCase.Hostdev("0000:01:00.0", "")))));
        Assert.Equal(Verdict.Pass, GuestCase.Of(new Virt002Managed(), model.WithGuest(GuestCase.Xml(GuestCase.Hostdev("0000:01:00.0")))));
    }

    [Fact]
    public void A_sibling_on_a_host_driver_fails_and_the_port_does_not()
    {
        Finding finding = GuestCase.One(new Virt003GroupMembers(), _host.WithGuest(GuestCase.Xml(GuestCase.Hostdev("0000:01:00.0"))));
        Assert.Equal(Verdict.Fail, finding.Verdict);
        Assert.Contains("0000:01:00.1 (snd_hda_intel)", finding.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("0000:00:01.0", finding.Message, StringComparison.Ordinal);
        Assert.Equal(Verdict.Pass, GuestCase.Of(new Virt003GroupMembers(), _host.WithGuest(GuestCase.Xml(GuestCase.Hostdev("0000:01:00.0") + GuestCase.Hostdev("0000:01:00.1")))));
        HostModel unseen = Models.Blank.With(_gpu, _audio with { Driver = Models.None<string>(), HasVfioFolder = Models.None<bool>() }, _port);
        Assert.Equal(Verdict.Unknown, GuestCase.Of(new Virt003GroupMembers(), unseen.WithGuest(GuestCase.Xml(GuestCase.Hostdev("0000:01:00.0")))));
    }

    [Theory]
    [InlineData(true, true, Verdict.Warn)]
    [InlineData(true, false, Verdict.Note)]
    [InlineData(null, true, Verdict.Unknown)]
    public void Two_guests_with_one_device_are_alternatives_unless_both_start_with_the_machine(bool? own, bool? others, Verdict expected)
    {
        Guest win = GuestCase.Guest(GuestCase.Xml(GuestCase.Hostdev("0000:01:00.0"))) with { IsAutostarted = own, IsRunning = true };
        Guest arch = GuestCase.Guest(GuestCase.Xml(GuestCase.Hostdev("0000:01:00.1"), name: "arch"), "arch") with { IsAutostarted = others };
        Assert.Equal(expected, GuestCase.Of(new Virt004Claims(), _host.WithGuests(win, arch)));
        Assert.Equal(Verdict.Unknown, GuestCase.Of(new Virt004Claims(), _host.WithGuests(win, GuestCase.Denied("arch"))));
        Assert.Equal(Verdict.Pass, GuestCase.Of(new Virt004Claims(), _host.WithGuests(win)));
    }

    [Theory]
    [InlineData("pc-q35-8.2", "<address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0'/>", Verdict.Note)]
    [InlineData("pc-q35-8.2", "<address type='pci' domain='0x0000' bus='0x05' slot='0x00' function='0x0'/>", Verdict.Pass)]
    [InlineData("q35", "", Verdict.Pass)]
    [InlineData("pc-i440fx-8.2", "<address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0'/>", Verdict.Note)]
    public void Bus_zero_is_a_habit_of_i440fx(string machine, string inside, Verdict expected) => Assert.Equal(expected,
        GuestCase.Of(new Virt010Machine(), _host.WithGuest(GuestCase.Xml(GuestCase.Hostdev("0000:01:00.0", inside: inside), machine: machine))));

    [Fact]
    public void Iommufd_needs_the_node_and_a_kernel_with_device_nodes()
    {
        string xml = GuestCase.Xml(GuestCase.Hostdev("0000:01:00.0", inside: "<driver iommufd='yes'/>"));
        HostModel with = _host with { Vfio = _host.Vfio with { IommufdMode = Models.Known(0x180, "/dev/iommu") } };
        Assert.Equal(Verdict.Pass, GuestCase.Of(new Virt011Iommufd(), with.WithConfig("VFIO_DEVICE_CDEV").WithGuest(xml)));
        Assert.Equal(Verdict.Fail, GuestCase.Of(new Virt011Iommufd(), with.WithConfig("VFIO_GROUP").WithGuest(xml)));
        Assert.Equal(Verdict.Unknown, GuestCase.Of(new Virt011Iommufd(), with.WithGuest(xml)));
        Assert.Equal(Verdict.Fail, GuestCase.Of(new Virt011Iommufd(), (_host with { Vfio = _host.Vfio with { IommufdMode = Models.Absent<int>("/dev/iommu") } }).WithGuest(xml)));
        Assert.Equal(Verdict.NotApplicable, GuestCase.Of(new Virt011Iommufd(), _host.WithGuest(GuestCase.Xml(GuestCase.Hostdev("0000:01:00.0")))));
    }

    [Fact]
    public void Obsolete_workarounds_are_notes()
    {
        string hidden = "<features><kvm><hidden state='on'/></kvm></features>";
        Assert.Equal(Verdict.Note, GuestCase.Of(new Virt012Workarounds(), _host.WithGuest(GuestCase.Xml(GuestCase.Hostdev("0000:01:00.0"), hidden))));
        Assert.Equal(Verdict.Pass, GuestCase.Of(new Virt012Workarounds(), _host.WithGuest(GuestCase.Xml(GuestCase.Hostdev("0000:01:00.1"), hidden))));
        Assert.Equal(Verdict.Note, GuestCase.Of(new Virt013Balloon(), _host.WithGuest(GuestCase.Xml(GuestCase.Hostdev("0000:01:00.0")))));
        Assert.Equal(Verdict.Pass, GuestCase.Of(new Virt013Balloon(), _host.WithGuest(GuestCase.Xml(GuestCase.Hostdev("0000:01:00.0") + "<memballoon model='none'/>"))));
        Assert.Equal(Verdict.Note, GuestCase.Of(new Virt014CpuMode(), _host.WithGuest(GuestCase.Xml(GuestCase.Hostdev("0000:01:00.0")))));
    }

    [Fact]
    public void A_function_in_a_definition_is_a_candidate_and_an_unread_one_leaves_the_question_open()
    {
        var options = new AuditOptions { Today = DeviceCase.Today };
        Assert.Equal(["0000:01:00.0"], Candidates.Of(_host.WithGuest(GuestCase.Xml(GuestCase.Hostdev("0000:01:00.0"))), options).Select(device => device.Address.ToString()));
        Assert.NotNull(GuestFacts.UnseenDefinition(_host.WithGuests(GuestCase.Denied("win11"))));
        Assert.Null(GuestFacts.UnseenDefinition(_host));
        Assert.NotNull(Candidates.Unseen(_host.WithGuests(GuestCase.Denied("win11")), options));
    }

    [Theory]
    [InlineData(10, Verdict.Warn)]
    [InlineData(90, Verdict.Note)]
    public void A_guests_log_is_history(int lastStart, Verdict expected)
    {
        HostModel logged = _host.WithLog(DeviceCase.Event(LogEventKind.MemoryLockExceeded, "VFIO_MAP_DMA failed: Cannot allocate memory"));
        HostModel model = _host with { Guests = _host.Guests with { Logs = [new GuestLog("win11", logged.Log.Content, lastStart)] } };
        Finding finding = Assert.Single(DeviceCase.Run(new Lim001LockedMemory(), model), item => item.Subject == "domain:win11");
        Assert.Equal(expected, finding.Verdict);
        HostModel denied = _host with { Guests = _host.Guests with { Logs = [new GuestLog("win11", Models.None<ClassifiedLog>(), 0)] } };
        Assert.Equal(Verdict.Unknown, Assert.Single(DeviceCase.Run(new Lim001LockedMemory(), denied), item => item.Subject == "domain:win11").Verdict);
    }
}
