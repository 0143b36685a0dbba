using Passthrough.Host.Evidence;
using Passthrough.Host.Interrupts;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Host.Interrupts;

public class InterruptReaderTests
{
    private static readonly PciInventory NoDevices = new()
    {
        Devices = Reading.Missing<IReadOnlyList<PciDevice>>(Outcome.Absent, "/sys/bus/pci/devices"),
    };

    [Fact]
    public void Nothing_there_gives_nothing_known()
    {
        InterruptState state = InterruptReader.Read(new TreeEvidence(), NoDevices);
        Assert.True(state.Table.IsAbsent);
        Assert.Empty(state.Lines);
        Assert.False(state.DefaultAffinity.IsKnown);
        Assert.Empty(state.ReceiveQueues);
        Assert.False(state.IrqBalanceRunning.IsKnown);
    }

    [Fact]
    public void Affinity_is_asked_for_lines_of_functions_only()
    {
        InterruptState state = InterruptReader.Read(new TreeEvidence
        {
            ["/proc/interrupts"] = " CPU0 CPU1\n 8: 1 0 IO-APIC 8-edge rtc0\n 30: 0 4 IR-PCI-MSI 1-edge vfio-msi[0](0000:00:05.0)\n",
            ["/proc/irq/8/smp_affinity_list"] = "0\n",
            ["/proc/irq/30/smp_affinity_list"] = "0-1\n",
            ["/proc/irq/30/effective_affinity_list"] = "1\n",
            ["/proc/irq/30/node"] = "-1\n",
            ["/proc/irq/default_smp_affinity"] = "3\n",
        }, NoDevices);
        Assert.Equal(Outcome.NotRecorded, state.Lines[0].Affinity.Outcome);
        Assert.Equal("0-1", state.Lines[1].Affinity.Value!.ToString());
        Assert.Equal("1", state.Lines[1].EffectiveAffinity.Value!.ToString());
        Assert.Equal(-1, state.Lines[1].Node.Value);
        Assert.Equal("0-1", state.DefaultAffinity.Value!.ToString());
    }

    [Fact]
    public void A_garbled_table_is_a_failed_reading() =>
        Assert.Equal(Outcome.Failed, InterruptReader.Read(new TreeEvidence { ["/proc/interrupts"] = "garbage" }, NoDevices).Table.Outcome);

    [Fact]
    public void Receive_queues_carry_their_mask_and_the_function_behind_virtio()
    {
        var tree = new TreeEvidence
        {
            ["/sys/devices/pci0000:00/0000:00:02.0/0000:01:00.0/virtio0/net/eth0/queues/rx-0/rps_cpus"] = "8\n",
            ["/sys/devices/pci0000:00/0000:00:02.0/0000:01:00.0/virtio0/net/eth0/queues/tx-0/xps_cpus"] = "1\n",
            ["/sys/devices/virtual/net/lo/queues/rx-0/rps_cpus"] = "00000001,00000000\n",
        };
        tree.Link("/sys/class/net/eth0", "../../devices/pci0000:00/0000:00:02.0/0000:01:00.0/virtio0/net/eth0");
        tree.Link("/sys/class/net/lo", "../../devices/virtual/net/lo");
        IReadOnlyList<ReceiveQueue> queues = InterruptReader.Read(tree, NoDevices).ReceiveQueues;
        Assert.Equal(["eth0", "lo"], queues.Select(queue => queue.Interface));
        Assert.Equal("3", queues[0].Cpus.Value!.ToString());
        Assert.Equal("0000:01:00.0", queues[0].Device.ToString());
        Assert.Equal("32", queues[1].Cpus.Value!.ToString());
        Assert.Null(queues[1].Device);
    }

    [Theory]
    [InlineData("/sys/fs/cgroup/system.slice/irqbalance.service/cgroup.procs", "812\n")]
    [InlineData("/proc/2/comm", "kthreadd\n")]
    public void A_running_irqbalance_is_seen(string path, string text)
    {
        var tree = new TreeEvidence { [path] = text, ["/proc/812/comm"] = "irqbalance\n" };
        Assert.True(InterruptReader.Read(tree, NoDevices).IrqBalanceRunning.Value);
    }

    [Fact]
    public void Its_absence_is_a_fact_only_where_all_processes_were_seen()
    {
        var all = new TreeEvidence { ["/proc/1/comm"] = "systemd\n", ["/proc/2/comm"] = "kthreadd\n", ["/proc/cpuinfo"] = "" };
        Reading<bool> seen = InterruptReader.Read(all, NoDevices).IrqBalanceRunning;
        Assert.True(seen.IsKnown);
        Assert.False(seen.Value);

        var container = new TreeEvidence { ["/proc/1/comm"] = "sleep\n", ["/proc/2/comm"] = "bash\n" };
        Assert.False(InterruptReader.Read(container, NoDevices).IrqBalanceRunning.IsKnown);

        all.Set("/proc/3/comm", Answer.Denied);
        Assert.Equal(Outcome.Denied, InterruptReader.Read(all, NoDevices).IrqBalanceRunning.Outcome);
    }

    [Fact]
    public void A_stale_pid_file_proves_nothing()
    {
        var tree = new TreeEvidence
        {
            ["/run/irqbalance.pid"] = "812\n",
            ["/proc/812/comm"] = "bash\n",
            ["/proc/2/comm"] = "kthreadd\n",
        };
        Assert.False(InterruptReader.Read(tree, NoDevices).IrqBalanceRunning.Value);
    }
}
