using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Cpu;
using Passthrough.Host.Interrupts;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Irq006Tests
{
    private static readonly Irq006VfioAffinity _check = new();

    [Theory]
    [InlineData(2, "1", "", Verdict.Pass)]
    [InlineData(2, "3", "", Verdict.Warn)]
    [InlineData(2, "0-3", "", Verdict.Warn)]
    [InlineData(1, "3", "", Verdict.Pass)]
    [InlineData(1, "1", "1", Verdict.Note)]
    [InlineData(2, null, "", Verdict.Unknown)]
    public void The_serving_cpus_are_compared_with_the_devices_node(int nodes, string? cpus, string isolated, Verdict expected) =>
        Assert.Equal(expected, DeviceCase.One(_check, Host(nodes, 0, isolated, cpus)).Verdict);

    [Fact]
    public void A_device_without_a_node_on_two_nodes_is_unknown() => Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, Host(2, -1, "", "1")).Verdict);

    [Fact]
    public void Isolated_cpus_that_were_not_read_are_not_taken_for_none()
    {
        HostModel model = Host(1, 0, "", "1");
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, model with { Cpu = model.Cpu with { Isolated = Models.None<CpuSet>() } }).Verdict);
    }

    [Fact]
    public void Without_an_open_vfio_device_it_does_not_apply() =>
        Assert.Equal(Verdict.NotApplicable, DeviceCase.One(_check, Models.Blank.WithInterrupts(DeviceCase.Line("30", "IR-PCI-MSI", "nvme0q1"))).Verdict);

    private static HostModel Host(int nodes, long node, string isolated, string? cpus)
    {
        InterruptLine line = DeviceCase.Line("30", "IR-PCI-MSI-0000:01:00.0 0-edge", "vfio-msi[0](0000:01:00.0)", "0000:01:00.0", cpus);
        HostModel model = Models.Blank.With(DeviceCase.Device("0000:01:00.0", "vfio-pci") with { NumaNode = Models.Known(node) }).WithNodes(nodes).WithInterrupts(line);
        return model with { Cpu = model.Cpu with { Isolated = Models.Known(DeviceCase.Cpus(isolated)) } };
    }
}
