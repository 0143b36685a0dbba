using Passthrough.Diagnosis;
using Passthrough.Host.Guests;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks.Guests;

/// <summary>What holds for every check of guests.</summary>
public sealed class GuestCatalogTests
{
    public static TheoryData<string> Ids => [.. Catalog.Guests.Select(check => check.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void Without_guests_nothing_is_judged_and_unread_folders_are_unknown(string id)
    {
        HostModel model = Models.Blank with { Guests = GuestCase.None };
        Assert.Equal(Verdict.NotApplicable, Assert.Single(DeviceCase.Run(Find(id), model)).Verdict);
        Assert.Equal(Verdict.Unknown, Assert.Single(DeviceCase.Run(Find(id), Models.Blank)).Verdict);
        HostModel absent = Models.Blank with { Guests = new GuestState { Folders = [Models.Absent<IReadOnlyList<string>>()] } };
        Assert.Equal(Verdict.NotApplicable, Assert.Single(DeviceCase.Run(Find(id), absent)).Verdict);

        // A captured folder may simply lack the folders of guests.
        HostModel captured = absent with { Source = global::Passthrough.Host.Evidence.SourceKind.Directory };
        Assert.Equal(Verdict.Unknown, Assert.Single(DeviceCase.Run(Find(id), captured)).Verdict);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_guest_whose_file_was_refused_is_unknown_under_its_name(string id)
    {
        Finding finding = Assert.Single(DeviceCase.Run(Find(id), Models.Blank.WithGuests(GuestCase.Denied("win11"))));
        Assert.Equal((Verdict.Unknown, "domain:win11"), (finding.Verdict, finding.Subject));
        Assert.Contains("ptdiag", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_guest_without_functions_is_not_judged(string id) =>
        Assert.Equal(Verdict.NotApplicable, GuestCase.Of(Find(id), Models.Blank.WithGuest(GuestCase.Xml(
            "<hostdev mode='subsystem' type='usb'><source><vendor id='0x046d'/><product id='0xc52b'/></source></hostdev>", "<memoryBacking><hugepages/></memoryBacking>"))));

    [Theory]
    [MemberData(nameof(Ids))]
    public void On_a_machine_of_which_nothing_is_known_a_guest_never_fails(string id)
    {
        string more = "<memoryBacking><hugepages><page size='1' unit='GiB'/></hugepages></memoryBacking><cputune><vcpupin vcpu='0' cpuset='2'/></cputune><numatune><memory mode='strict' nodeset='1'/></numatune>";
        Finding finding = GuestCase.One(Find(id), Models.Blank.WithGuest(GuestCase.Xml(GuestCase.Hostdev("0000:01:00.0"), more)));
        Assert.True(finding.Verdict is not (Verdict.Fail or Verdict.Warn), finding.Message);
        Assert.NotEmpty(finding.Evidence);
    }

    [Fact]
    public void An_ordinary_guest_on_an_ordinary_machine_neither_fails_nor_warns()
    {
        HostModel model = Models.Blank.With(DeviceCase.Device("0000:01:00.0", "nvidia", 0x030000, "12") with { NumaNode = Models.Known(0L), Bars = Models.Known<IReadOnlyList<global::Passthrough.Host.Pci.PciBar>>([]) })
            .WithNodes(1).WithCpus(8).WithPools((2L << 20, 4096, 4096, 0)).WithUnits(DeviceCase.Unit("dmar0", 0x00d2008c40660462))
            .WithGuest(GuestCase.Xml(GuestCase.Hostdev("0000:01:00.0") + "<memballoon model='none'/>", "<cpu mode='host-passthrough'/><memoryBacking><hugepages/></memoryBacking>"));
        Assert.All(Catalog.Guests.SelectMany(check => DeviceCase.Run(check, model)), finding =>
            Assert.True(finding.Verdict is Verdict.Pass or Verdict.Note or Verdict.NotApplicable, $"{finding.Id}: {finding.Message}"));
    }

    private static Check Find(string id) => Catalog.Guests.Single(check => check.Id == id);
}
