using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Grp001Tests
{
    private static readonly Grp001Viability _check = new();
    private static readonly PciDevice _mine = DeviceCase.Device("0000:01:00.0", "vfio-pci", group: "1");

    [Theory]
    [InlineData(null, 0x040300u, Verdict.Pass)]
    [InlineData("vfio-pci", 0x040300u, Verdict.Pass)]
    [InlineData("mlx5_vfio_pci", 0x020000u, Verdict.Pass)]
    [InlineData("pci-stub", 0x040300u, Verdict.Pass)]
    [InlineData("pcieport", 0x060400u, Verdict.Pass)]
    [InlineData(null, 0x060400u, Verdict.Pass)]
    [InlineData("snd_hda_intel", 0x040300u, Verdict.Fail)]
    [InlineData("e1000e", 0x020000u, Verdict.Fail)]
    public void A_member_blocks_only_with_a_driver_that_does_dma(string? driver, uint classCode, Verdict expected)
    {
        Finding finding = DeviceCase.One(_check, Models.Blank.With(_mine, DeviceCase.Device("0000:01:00.1", driver, classCode, "1")), "0000:01:00.0");
        Assert.Equal(expected, finding.Verdict);
        Assert.Equal("group:1", finding.Subject);
    }

    [Fact]
    public void The_blocker_is_named_with_the_command_that_reads_the_link_back()
    {
        Finding finding = DeviceCase.One(_check, Models.Blank.With(_mine, DeviceCase.Device("0000:01:00.1", "snd_hda_intel", 0x040300, "1")), "0000:01:00.0");
        Assert.Contains("0000:01:00.1 (snd_hda_intel)", finding.Message, StringComparison.Ordinal);
        string command = Assert.Single(finding.Remedy).Command!;
        Assert.Contains("echo vfio-pci > /sys/bus/pci/devices/0000:01:00.1/driver_override", command, StringComparison.Ordinal);
        Assert.EndsWith("readlink /sys/bus/pci/devices/0000:01:00.1/driver", command, StringComparison.Ordinal);
        Assert.DoesNotContain("new_id", command, StringComparison.Ordinal);
    }

    [Fact]
    public void A_function_that_the_host_uses_gets_no_command()
    {
        HostModel model = Models.Blank.With(_mine, DeviceCase.Device("0000:01:00.1", "nvme", group: "1"));
        model = model with { Usage = model.Usage with { Uses = new Dictionary<PciAddress, IReadOnlyList<string>> { [DeviceCase.Address("0000:01:00.1")] = ["mounted at /"] } } };
        Remedy remedy = Assert.Single(DeviceCase.One(_check, model, "0000:01:00.0").Remedy);
        Assert.Null(remedy.Command);
        Assert.Contains("mounted at /", remedy.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bridge_on_another_driver_blocks_and_is_never_to_be_bound()
    {
        Finding finding = DeviceCase.One(_check, Models.Blank.With(_mine, DeviceCase.Device("0000:00:1c.0", "shpchp", 0x060400, "1")), "0000:01:00.0");
        Assert.Equal(Verdict.Fail, finding.Verdict);
        Assert.Null(Assert.Single(finding.Remedy).Command);
    }

    [Fact]
    public void A_candidate_still_on_its_own_driver_is_a_warning()
    {
        Finding finding = DeviceCase.One(_check, Models.Blank.With(DeviceCase.Device("0000:01:00.0", "nvme", group: "1")), "0000:01:00.0");
        Assert.Equal(Verdict.Warn, finding.Verdict);
        Assert.Contains("not viable yet", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_candidates_of_one_group_are_judged_once() =>
        DeviceCase.One(_check, Models.Blank.With(_mine, DeviceCase.Device("0000:01:00.1", "vfio-pci", group: "1")), "0000:01:00.0", "0000:01:00.1");

    [Fact]
    public void An_unknown_driver_or_a_lost_member_leaves_it_unknown()
    {
        PciDevice blind = DeviceCase.Device("0000:01:00.1", group: "1") with { Driver = Models.None<string>() };
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, Models.Blank.With(_mine, blind), "0000:01:00.0").Verdict);
        HostModel lost = Models.Blank.With(_mine).WithGroups(Models.Group("1", "0000:01:00.0", "0000:01:00.1"));
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, lost, "0000:01:00.0").Verdict);
    }

    [Fact]
    public void Other_groups_are_not_judged_and_without_candidates_shared_ones_are_a_note()
    {
        HostModel model = Models.Blank.With(_mine, DeviceCase.Device("0000:02:00.0", "nvme", group: "2"), DeviceCase.Device("0000:02:00.1", "ahci", group: "2"));
        Assert.Equal(Verdict.Pass, DeviceCase.One(_check, model, "0000:01:00.0").Verdict);
        Finding note = DeviceCase.One(_check, model);
        Assert.Equal(Verdict.Note, note.Verdict);
        Assert.EndsWith("no bridge: 2.", note.Message, StringComparison.Ordinal);
    }
}
