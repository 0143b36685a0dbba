using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Hug001Tests
{
    private const long Small = 2L << 20;
    private const long Large = 1L << 30;
    private static readonly Hug001Pools _check = new();

    [Fact]
    public void Free_pages_on_the_devices_node_pass_and_sizes_are_kept_apart()
    {
        Finding finding = DeviceCase.One(_check, Host(1).WithNodes(2, (0, Small, 0, 0), (1, Small, 512, 100), (1, Large, 4, 4)), "0000:01:00.0");
        Assert.Equal(Verdict.Pass, finding.Verdict);
        Assert.Contains("node 1: 512 of 2 MiB (100 free), 4 of 1 GiB (4 free)", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Free_pages_only_on_the_other_node_warn_with_a_write_to_the_right_one()
    {
        Finding finding = DeviceCase.One(_check, Host(1).WithNodes(2, (0, Small, 1024, 1024), (1, Small, 0, 0)), "0000:01:00.0");
        Assert.Equal((Verdict.Warn, "node:1"), (finding.Verdict, finding.Subject));
        Assert.StartsWith("echo 2048 > /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages", finding.Remedy[0].Command, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, Verdict.Note)]
    [InlineData(Profile.Realtime, Verdict.Warn)]
    public void No_page_is_a_note_and_a_warning_with_a_profile(Profile? profile, Verdict expected) =>
        Assert.Equal(expected, Assert.Single(DeviceCase.Run(_check, Host(0).WithNodes(1, (0, Small, 0, 0)), profile)).Verdict);

    [Fact]
    public void A_pool_in_use_is_a_note() => Assert.Equal(Verdict.Note, DeviceCase.One(_check, Host(0).WithNodes(1, (0, Small, 8, 0)), "0000:01:00.0").Verdict);

    [Fact]
    public void The_machines_sum_does_not_say_which_node()
    {
        HostModel model = Host(0);
        model = model with { Memory = model.Memory with { HugePages = Models.Known<IReadOnlyList<HugePagePool>>([new(Small, Models.Known(8L), Models.Known(8L), Models.Known(0L))]) } };
        Finding finding = DeviceCase.One(_check, model, "0000:01:00.0");
        Assert.Equal(Verdict.Unknown, finding.Verdict);
        Assert.Contains("does not say where", finding.Message, StringComparison.Ordinal);
    }

    private static HostModel Host(long node) => Models.Blank.With(DeviceCase.Device("0000:01:00.0", "vfio-pci") with { NumaNode = Models.Known(node) });
}
