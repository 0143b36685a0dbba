using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Diagnosis.Simulation;
using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Tests.Diagnosis.Grouping;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

/// <summary>GRP-002 to GRP-009 and SEC-005 on the same small trees.</summary>
public sealed class GroupChecksTests
{
    private const string Card = "0000:01:00.0";
    private static readonly (int, int) On = (Tree.AllBits, Tree.AllBits);

    // Two devices below one port without ACS, in one group.
    private static HostModel Shared(int length = 4096, string other = "nvme") => Tree.Machine(
        Tree.Of("0000:00:01.0", Tree.RootPort, group: "1", length: length),
        Tree.Of(Card, Tree.Endpoint, "0000:00:01.0", group: "1", driver: "vfio-pci", length: length),
        Tree.Of("0000:01:01.0", Tree.Endpoint, "0000:00:01.0", group: "1", driver: other, length: length));

    private static HostModel Alone => Tree.Machine(
        Tree.Of("0000:00:01.0", Tree.RootPort, acs: On, group: "1"), Tree.Of(Card, Tree.Endpoint, "0000:00:01.0", group: "2", driver: "vfio-pci"));

    // What registers join, split into two groups.
    private static HostModel Split => Tree.Machine(
        Tree.Of("0000:00:01.0", Tree.RootPort, group: "1"), Tree.Of(Card, Tree.Endpoint, "0000:00:01.0", group: "2", driver: "vfio-pci"));

    [Fact]
    public void Why_a_group_is_shared_names_the_port()
    {
        Finding finding = DeviceCase.One(new Grp004AcsPath(), Shared(), Card);
        Assert.Equal(Verdict.Warn, finding.Verdict);
        Assert.Contains("0000:00:01.0 (root port) has no ACS capability", finding.Message, StringComparison.Ordinal);
        Assert.Equal(Verdict.Pass, DeviceCase.One(new Grp004AcsPath(), Alone, Card).Verdict);
    }

    [Fact]
    public void Why_a_group_is_shared_is_not_known_without_root()
    {
        Finding finding = DeviceCase.One(new Grp004AcsPath(), Shared(64), Card);
        Assert.Equal(Verdict.Unknown, finding.Verdict);
        Assert.Contains("without root", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_that_registers_do_not_explain_is_a_note()
    {
        HostModel model = Tree.Machine(Tree.Of("0000:00:03.0", Tree.Endpoint, group: "1"), Tree.Of("0000:00:04.0", Tree.Endpoint, group: "1"));
        Assert.Equal(Verdict.Note, DeviceCase.One(new Grp004AcsPath(), model, "0000:00:03.0").Verdict);
    }

    [Fact]
    public void What_leaves_with_the_device_is_named_and_fails_where_the_host_needs_it()
    {
        Assert.Equal(Verdict.Pass, DeviceCase.One(new Grp002ViabilityAfter(), Alone, Card).Verdict);
        Finding note = DeviceCase.One(new Grp002ViabilityAfter(), Shared(), Card);
        Assert.Equal(Verdict.Note, note.Verdict);
        Assert.Contains("0000:01:01.0 (same group)", note.Message, StringComparison.Ordinal);
        Assert.Equal(Verdict.Fail, DeviceCase.One(new Grp002ViabilityAfter(), Shared().Using("0000:01:01.0", "mounted at /"), Card).Verdict);
        Assert.Equal(Verdict.Pass, DeviceCase.Run(new Grp002ViabilityAfter(), Shared(), Card, "0000:01:01.0")[0].Verdict);
        HostModel model = Shared();
        Assert.Equal(Verdict.Unknown, DeviceCase.One(new Grp002ViabilityAfter(), model with { Usage = model.Usage with { Unresolved = ["swap"] } }, Card).Verdict);
    }

    [Fact]
    public void A_group_mate_that_shows_the_hosts_picture_warns_and_one_with_a_disk_fails()
    {
        Assert.Equal(Verdict.Warn, DeviceCase.One(new Grp003HostUse(), Shared().Using("0000:01:01.0", "boot display", "framebuffer fb0"), Card).Verdict);
        Assert.Equal(Verdict.Fail, DeviceCase.One(new Grp003HostUse(), Shared().Using("0000:01:01.0", "boot display", "swap"), Card).Verdict);
        Assert.Equal(Verdict.Pass, DeviceCase.One(new Grp003HostUse(), Shared(), Card).Verdict);
        HostModel unseen = Shared().Using("0000:01:01.0", "boot display");
        Assert.Equal(Verdict.Unknown, DeviceCase.One(new Grp003HostUse(), unseen with { Usage = unseen.Usage with { Unresolved = ["mounts"] } }, Card).Verdict);
    }

    [Fact]
    public void A_split_that_acs_cannot_explain_warns_and_fails_where_the_kernel_admits_it()
    {
        // Trap 13: detected from registers, not from the command line.
        Assert.Equal(Verdict.Warn, DeviceCase.One(new Grp008SuspiciousSplit(), Split, Card).Verdict);
        HostModel told = Split.WithLog(DeviceCase.Event(LogEventKind.AcsOverride, "Warning: PCIe ACS overrides enabled"));
        Assert.Equal(Verdict.Fail, DeviceCase.One(new Grp008SuspiciousSplit(), told, Card).Verdict);
        Assert.Equal(Verdict.Pass, DeviceCase.One(new Grp008SuspiciousSplit(), Alone, Card).Verdict);
        HostModel unread = Tree.Machine(Tree.Of("0000:00:01.0", Tree.RootPort, group: "1", length: 64), Tree.Of(Card, Tree.Endpoint, "0000:00:01.0", group: "2", length: 64));
        Assert.Equal(Verdict.Unknown, DeviceCase.One(new Grp008SuspiciousSplit(), unread, Card).Verdict);
    }

    [Fact]
    public void Separate_groups_below_an_intel_port_without_acs_are_not_called_an_override()
    {
        HostModel model = Tree.Machine(Tree.Of("0000:00:1c.0", Tree.RootPort, group: "1", vendor: 0x8086, device: 0x8c10), Tree.Of(Card, Tree.Endpoint, "0000:00:1c.0", group: "2"));
        Assert.Equal(Verdict.Unknown, DeviceCase.One(new Grp008SuspiciousSplit(), model, Card).Verdict);
        Assert.Equal(Verdict.Note, DeviceCase.One(new Grp005QuirkedIsolation(), model, Card).Verdict);
        Assert.Equal(Verdict.Pass, DeviceCase.One(new Grp005QuirkedIsolation(), Alone, Card).Verdict);
    }

    [Fact]
    public void A_conventional_bridge_above_is_noted_with_its_company()
    {
        HostModel model = Tree.Machine(
            Tree.Of("0000:00:01.0", Tree.RootPort, acs: On, group: "1"), Tree.Of("0000:01:00.0", Tree.ToPci, "0000:00:01.0", group: "2"),
            Tree.Of("0000:02:01.0", Tree.Conventional, "0000:01:00.0", group: "2"), Tree.Of("0000:02:02.0", Tree.Conventional, "0000:01:00.0", group: "2"));
        Finding finding = DeviceCase.One(new Grp007LegacyBridge(), model, "0000:02:01.0");
        Assert.Equal(Verdict.Note, finding.Verdict);
        Assert.Contains("0000:02:02.0", finding.Message, StringComparison.Ordinal);
        Assert.Equal(Verdict.Pass, DeviceCase.One(new Grp007LegacyBridge(), Alone, Card).Verdict);
        Assert.Equal(Verdict.Unknown, DeviceCase.One(new Grp007LegacyBridge(), Shared(64), Card).Verdict);
    }

    [Fact]
    public void Siblings_whose_driver_is_not_known_leave_the_question_open()
    {
        PciDevice one = Tree.Of("0000:00:03.0", Tree.Endpoint, multi: true, group: "1", driver: "vfio-pci");
        PciDevice other = Tree.Of("0000:00:03.1", Tree.Endpoint, multi: true, group: "1", driver: "snd_hda_intel");
        Finding finding = DeviceCase.One(new Grp006Siblings(), Tree.Machine(one, other), "0000:00:03.0");
        Assert.Equal(Verdict.Warn, finding.Verdict);
        Assert.Contains("has no ACS capability", finding.Message, StringComparison.Ordinal);
        PciDevice unseen = other with { Driver = Models.None<string>(), HasVfioFolder = Models.None<bool>() };
        Assert.Equal(Verdict.Unknown, DeviceCase.One(new Grp006Siblings(), Tree.Machine(one, unseen), "0000:00:03.0").Verdict);
    }

    [Fact]
    public void Drift_cannot_be_judged_from_one_look()
    {
        Finding finding = DeviceCase.One(new Grp009Drift(), Alone, Card);
        Assert.Equal(Verdict.Note, finding.Verdict);
        Assert.Contains("bundle create", finding.Remedy[0].Command, StringComparison.Ordinal);
    }

    [Fact]
    public void An_override_on_a_stock_kernel_does_nothing_and_on_a_patched_one_it_fails()
    {
        // Trap 13: the token alone proves nothing either way.
        var check = new Sec005AcsOverride();
        HostModel token = Alone.WithCommandLine("quiet pcie_acs_override=downstream,multifunction");
        Assert.Equal(Verdict.Pass, DeviceCase.One(check, Alone).Verdict);
        Assert.Equal(Verdict.Unknown, DeviceCase.One(check, token).Verdict);
        Assert.Equal(Verdict.Pass, DeviceCase.One(check, token.WithLog(DeviceCase.Event(LogEventKind.UnknownParameters,
            "Unknown kernel command line parameters \"pcie_acs_override=downstream,multifunction\", will be passed to user space."))).Verdict);
        Assert.Equal(Verdict.Fail, DeviceCase.One(check, token.WithLog(DeviceCase.Event(LogEventKind.AcsOverride, "Warning: PCIe ACS overrides enabled"))).Verdict);
        Assert.Equal(Verdict.Fail, DeviceCase.One(check, Split.WithCommandLine("pcie_acs_override=downstream")).Verdict);
        Assert.Equal(Verdict.Pass, DeviceCase.One(check, Alone.WithCommandLine("pci=config_acs=1@0000:00:01.0")).Verdict);
    }

    [Fact]
    public void An_identity_keeps_when_bus_numbers_move()
    {
        HostModel before = Alone;
        HostModel after = Tree.Machine(Tree.Of("0000:00:01.0", Tree.RootPort, acs: On, group: "1"), Tree.Of("0000:05:00.0", Tree.Endpoint, "0000:00:01.0", group: "9"));
        StableIdentity one = StableIdentity.Of(before, before.Pci.All[1]);
        Assert.Equal(one, StableIdentity.Of(after, after.Pci.All[1]));
        Assert.True(one.IsComplete);
        Assert.Equal("1b36:0010:1af4:1100 at 0000:00/01.0/00.0", one.Text);
        Assert.Equal(Verdict.Pass, DeviceCase.One(new Dev011StableIdentity(), before, Card).Verdict);
        PciDevice unread = before.Pci.All[1] with { SubsystemDeviceId = Models.None<ushort>() };
        Assert.Equal(Verdict.Unknown, DeviceCase.One(new Dev011StableIdentity(), Tree.Machine(before.Pci.All[0], unread), Card).Verdict);
    }

    [Fact]
    public void An_identity_without_the_ports_above_is_not_complete()
    {
        PciDevice lost = Tree.Of("0000:07:00.0", Tree.Endpoint, group: "2");
        PciDevice port = Tree.Of("0000:00:01.0", Tree.RootPort, acs: On, group: "1") with { Config = Reading.Missing<PciConfigSpace>(Outcome.Denied, "/config") };
        Assert.Null(StableIdentity.Of(Tree.Machine(port, lost), lost).SlotPath);
    }

    [Fact]
    public void Binding_is_by_address_and_the_link_is_read_back()
    {
        // Trap 26: new_id takes every device of an id, and drivers_probe succeeds also when no driver takes the device.
        Finding finding = DeviceCase.One(new Grp001Viability(), Shared(), Card);
        Assert.Equal(Verdict.Fail, finding.Verdict);
        string command = Assert.Single(finding.Remedy, remedy => remedy.Command is not null).Command!;
        Assert.DoesNotContain("new_id", command, StringComparison.Ordinal);
        Assert.Contains("driver_override", command, StringComparison.Ordinal);
        Assert.Contains("readlink", command, StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_made_up_without_an_iommu_is_neither_split_nor_isolation()
    {
        // Trap 9: a group folder by itself means nothing.
        HostModel model = Tree.Machine(Tree.Of("0000:00:01.0", Tree.RootPort), Tree.Of(Card, Tree.Endpoint, "0000:00:01.0", driver: "vfio-pci"))
            .WithGroups(DeviceCase.NoIommu("0", Card));
        Assert.Equal(Verdict.NotApplicable, DeviceCase.One(new Grp008SuspiciousSplit(), model, Card).Verdict);
        Assert.Contains(Simulator.Simulate(model, [DeviceCase.Address(Card)]).Stops,
            stop => stop.Kind == StopKind.NoGroup);
    }
}
