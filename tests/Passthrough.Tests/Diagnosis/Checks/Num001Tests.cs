using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Num001Tests
{
    private static readonly Num001DeviceNode _check = new();

    [Theory]
    [InlineData(1, -1L, Verdict.Pass)]
    [InlineData(1, 0L, Verdict.Pass)]
    [InlineData(2, 1L, Verdict.Pass)]
    [InlineData(2, -1L, Verdict.Warn)]
    [InlineData(2, 7L, Verdict.Warn)]
    public void Minus_one_is_harmless_only_on_one_node(int nodes, long node, Verdict expected) =>
        Assert.Equal(expected, DeviceCase.One(_check, Models.Blank.With(Of(node)).WithNodes(nodes), "0000:01:00.0").Verdict);

    [Fact]
    public void Minus_one_is_never_called_node_0_and_the_port_above_is_a_hint()
    {
        PciDevice port = DeviceCase.Device("0000:00:1c.0", "pcieport", 0x060400) with { NumaNode = Models.Known(1L) };
        Finding finding = DeviceCase.One(_check, Models.Blank.With(port, Of(-1) with { Parent = port.Address }).WithNodes(2), "0000:01:00.0");
        Assert.Contains("unknown", finding.Message, StringComparison.Ordinal);
        Assert.Contains("names node 1", finding.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("node 0", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Minus_one_on_unknown_nodes_is_unknown_and_a_number_is_not()
    {
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, Models.Blank.With(Of(-1)), "0000:01:00.0").Verdict);
        Assert.Equal(Verdict.Pass, DeviceCase.One(_check, Models.Blank.With(Of(1)), "0000:01:00.0").Verdict);
    }

    [Fact]
    public void A_kernel_without_nodes_has_one()
    {
        HostModel model = Models.Blank.With(Of(-1));
        model = model with { Memory = model.Memory with { Nodes = Models.Absent<IReadOnlyList<NumaNode>>() } };
        Assert.Equal(Verdict.Pass, DeviceCase.One(_check, model, "0000:01:00.0").Verdict);
    }

    private static PciDevice Of(long node) => DeviceCase.Device("0000:01:00.0", "vfio-pci") with { NumaNode = Models.Known(node) };
}
