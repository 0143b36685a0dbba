using Passthrough.Diagnosis.Grouping;
using Passthrough.Host.Bundles;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Tests.Diagnosis.Checks;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Grouping;

public sealed class GroupPredictionTests
{
    private static readonly (int, int) On = (Tree.AllBits, Tree.AllBits);

    private static bool? Together(HostModel model, string left, string right) =>
        GroupPrediction.Of(model).AreTogether(DeviceCase.Address(left), DeviceCase.Address(right));

    [Fact]
    public void A_root_port_without_acs_joins_what_is_below_it()
    {
        HostModel model = Tree.Machine(Tree.Of("0000:00:01.0", Tree.RootPort), Tree.Of("0000:01:00.0", Tree.Endpoint, "0000:00:01.0"));
        Assert.True(Together(model, "0000:01:00.0", "0000:00:01.0"));
    }

    [Fact]
    public void A_root_port_with_acs_on_does_not()
    {
        HostModel model = Tree.Machine(Tree.Of("0000:00:01.0", Tree.RootPort, acs: On), Tree.Of("0000:01:00.0", Tree.Endpoint, "0000:00:01.0"));
        Assert.False(Together(model, "0000:01:00.0", "0000:00:01.0"));
    }

    [Fact]
    public void A_bit_that_the_port_does_not_offer_counts_as_hard_wired_and_one_that_is_off_does_not()
    {
        HostModel wired = Tree.Machine(Tree.Of("0000:00:01.0", Tree.RootPort, acs: (0x0d, 0x0d)), Tree.Of("0000:01:00.0", Tree.Endpoint, "0000:00:01.0"));
        Assert.False(Together(wired, "0000:01:00.0", "0000:00:01.0"));
        HostModel off = Tree.Machine(Tree.Of("0000:00:01.0", Tree.RootPort, acs: (0x1d, 0x15)), Tree.Of("0000:01:00.0", Tree.Endpoint, "0000:00:01.0"));
        Assert.True(Together(off, "0000:01:00.0", "0000:00:01.0"));
        Assert.Contains("completion redirect", GroupPrediction.Of(off).Joins[0].Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void One_weak_root_port_joins_everything_below_a_switch_that_is_itself_in_order()
    {
        HostModel model = Tree.Machine(
            Tree.Of("0000:00:01.0", Tree.RootPort),
            Tree.Of("0000:01:00.0", Tree.Upstream, "0000:00:01.0"),
            Tree.Of("0000:02:00.0", Tree.Downstream, "0000:01:00.0", On),
            Tree.Of("0000:02:01.0", Tree.Downstream, "0000:01:00.0", On),
            Tree.Of("0000:03:00.0", Tree.Endpoint, "0000:02:00.0"),
            Tree.Of("0000:04:00.0", Tree.Endpoint, "0000:02:01.0"));
        Assert.True(Together(model, "0000:03:00.0", "0000:04:00.0"));
        Assert.All(GroupPrediction.Of(model).Joins, join => Assert.Equal(DeviceCase.Address("0000:00:01.0"), join.Blame));
    }

    [Fact]
    public void Downstream_ports_with_acs_below_a_sound_root_port_separate()
    {
        HostModel model = Tree.Machine(
            Tree.Of("0000:00:01.0", Tree.RootPort, acs: On),
            Tree.Of("0000:01:00.0", Tree.Upstream, "0000:00:01.0"),
            Tree.Of("0000:02:00.0", Tree.Downstream, "0000:01:00.0", On),
            Tree.Of("0000:02:01.0", Tree.Downstream, "0000:01:00.0"),
            Tree.Of("0000:03:00.0", Tree.Endpoint, "0000:02:00.0"),
            Tree.Of("0000:04:00.0", Tree.Endpoint, "0000:02:01.0"));
        Assert.False(Together(model, "0000:03:00.0", "0000:04:00.0"));
        Assert.True(Together(model, "0000:04:00.0", "0000:02:01.0"));
    }

    [Fact]
    public void Functions_of_one_device_are_joined_without_acs_and_not_with_it()
    {
        HostModel without = Tree.Machine(Tree.Of("0000:00:03.0", Tree.Endpoint, multi: true), Tree.Of("0000:00:03.1", Tree.Endpoint, multi: true));
        Assert.True(Together(without, "0000:00:03.0", "0000:00:03.1"));
        HostModel with = Tree.Machine(Tree.Of("0000:00:03.0", Tree.Endpoint, acs: On, multi: true), Tree.Of("0000:00:03.1", Tree.Endpoint, acs: On, multi: true));
        Assert.False(Together(with, "0000:00:03.0", "0000:00:03.1"));
    }

    [Fact]
    public void An_endpoint_that_is_alone_in_its_device_needs_no_acs()
    {
        HostModel model = Tree.Machine(Tree.Of("0000:00:03.0", Tree.Endpoint), Tree.Of("0000:00:04.0", Tree.Endpoint));
        Assert.False(Together(model, "0000:00:03.0", "0000:00:04.0"));
    }

    [Fact]
    public void Everything_below_a_conventional_bridge_is_one_requester()
    {
        HostModel model = Tree.Machine(
            Tree.Of("0000:00:01.0", Tree.RootPort, acs: On),
            Tree.Of("0000:01:00.0", Tree.ToPci, "0000:00:01.0"),
            Tree.Of("0000:02:01.0", Tree.Conventional, "0000:01:00.0"),
            Tree.Of("0000:02:02.0", Tree.Conventional, "0000:01:00.0"));
        Assert.True(Together(model, "0000:02:01.0", "0000:02:02.0"));
        Assert.False(Together(model, "0000:02:01.0", "0000:00:01.0"));
        Assert.Equal(JoinReason.RequesterAlias, GroupPrediction.Of(model).Joins[0].Reason);
    }

    [Fact]
    public void Sixty_four_bytes_of_config_space_never_mean_that_acs_is_missing()
    {
        // Trap 17: without root the kernel shows 64 bytes, in which no capability stands.
        HostModel model = Tree.Machine(Tree.Of("0000:00:01.0", Tree.RootPort, length: 64), Tree.Of("0000:01:00.0", Tree.Endpoint, "0000:00:01.0", length: 64));
        Assert.Null(Together(model, "0000:01:00.0", "0000:00:01.0"));
        Assert.Empty(GroupPrediction.Of(model).Joins);
    }

    [Fact]
    public void An_intel_root_port_without_acs_may_isolate_by_the_kernels_list()
    {
        HostModel model = Tree.Machine(Tree.Of("0000:00:1c.0", Tree.RootPort, vendor: 0x8086, device: 0x8c10), Tree.Of("0000:01:00.0", Tree.Endpoint, "0000:00:1c.0"));
        Assert.Null(Together(model, "0000:01:00.0", "0000:00:1c.0"));
        Assert.Equal(AcsState.MayBeListed, GroupPrediction.Of(model).Hop(DeviceCase.Address("0000:00:1c.0"))!.State);
    }

    [Fact]
    public void Registers_of_the_first_intel_ports_with_acs_stand_elsewhere_and_are_not_judged()
    {
        HostModel model = Tree.Machine(Tree.Of("0000:00:1c.0", Tree.RootPort, acs: (0x1d, 0), vendor: 0x8086, device: 0xa110), Tree.Of("0000:01:00.0", Tree.Endpoint, "0000:00:1c.0"));
        Assert.Null(Together(model, "0000:01:00.0", "0000:00:1c.0"));
    }

    [Fact]
    public void Parents_in_a_circle_end()
    {
        HostModel model = Tree.Machine(Tree.Of("0000:01:00.0", Tree.Downstream, "0000:02:00.0", On), Tree.Of("0000:02:00.0", Tree.Downstream, "0000:01:00.0", On));
        Assert.Null(Together(model, "0000:01:00.0", "0000:02:00.0"));
    }

    [Fact]
    public void The_lab_machines_have_the_groups_that_their_registers_tell()
    {
        int determined = 0;
        int all = 0;
        var wrong = new List<string>();
        foreach (string folder in Directory.GetDirectories(Path.Combine(Fixtures.Repository, "tests", "Hosts")))
        {
            HostModel model = HostReader.Read(BundleEvidence.Open(Path.Combine(folder, "machine.tar.zst")));
            Compare(model, Path.GetFileName(folder), ref determined, ref all, wrong);
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(all > 100, $"{all} pairs");
        Assert.True(determined >= 0.95 * all, $"{determined} of {all} pairs are determined");
    }

    [Fact]
    public void Where_a_capture_holds_no_registers_nothing_is_claimed_about_its_groups()
    {
        if (Fixtures.Captures is not { } captures)
        {
            return;
        }

        int groups = 0;
        foreach (string archive in Directory.GetFiles(Path.Combine(captures, "machines"), "root.tar.gz", SearchOption.AllDirectories))
        {
            HostModel model = HostReader.Read(global::Passthrough.Tests.Pci.TreeEvidence.Load(archive));
            Assert.Empty(GroupPrediction.Of(model).Splits);
            foreach (IommuGroup group in model.Iommu.RealGroups.Where(group => group.Devices.Count > 1))
            {
                groups++;
                Assert.NotEqual(ExplanationState.NotExplained, GroupExplainer.Explain(model, group).State);
            }
        }

        Assert.True(groups > 50, $"{groups} groups");
    }

    private static void Compare(HostModel model, string name, ref int determined, ref int all, List<string> wrong)
    {
        PciAddress[] members = [.. model.Iommu.RealGroups.SelectMany(group => group.Devices)];
        GroupPrediction prediction = GroupPrediction.Of(model);
        for (int i = 0; i < members.Length; i++)
        {
            for (int j = i + 1; j < members.Length; j++)
            {
                bool real = model.Iommu.GroupOf(members[i])!.Id == model.Iommu.GroupOf(members[j])!.Id;
                bool? told = prediction.AreTogether(members[i], members[j]);
                all++;
                determined += told is null ? 0 : 1;
                if (told is not null && told != real)
                {
                    wrong.Add($"{name}: {members[i]} and {members[j]} are {(real ? "" : "not ")}together");
                }
            }
        }
    }
}
