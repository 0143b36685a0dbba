using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Xunit;

namespace Passthrough.Tests.Host.Cpu;

public class CpuReaderTests
{
    [Fact]
    public void Nothing_recorded_gives_nothing_known()
    {
        CpuInfo cpu = CpuReader.Read(new TreeEvidence());
        Assert.Equal(Outcome.Absent, cpu.VendorId.Outcome);
        Assert.False(cpu.Processors.IsKnown);
        Assert.False(cpu.Online.IsKnown);
        Assert.Empty(cpu.Cpus);
        Assert.Null(cpu.HasFlag("vmx"));
    }

    [Fact]
    public void A_denied_cpuinfo_stays_denied()
    {
        var tree = new TreeEvidence();
        tree.Set("/proc/cpuinfo", Answer.Denied);
        CpuInfo cpu = CpuReader.Read(tree);
        Assert.Equal(Outcome.Denied, cpu.Flags.Outcome);
        Assert.Equal(Outcome.Denied, cpu.Processors.Outcome);
    }

    [Fact]
    public void A_garbled_cpuinfo_is_a_failed_reading()
    {
        CpuInfo cpu = CpuReader.Read(new TreeEvidence { ["/proc/cpuinfo"] = "\0\0\0" });
        Assert.Equal(Outcome.Failed, cpu.Processors.Outcome);
        Assert.Equal(Outcome.Failed, cpu.VendorId.Outcome);
    }

    [Fact]
    public void Topology_and_frequency_come_per_CPU_in_order_of_the_number()
    {
        var tree = new TreeEvidence
        {
            ["/sys/devices/system/cpu/online"] = "0-1,10\n",
            ["/sys/devices/system/cpu/isolated"] = "\n",
            ["/sys/devices/system/cpu/nohz_full"] = "(null)\n",
            ["/sys/devices/system/cpu/smt/active"] = "1\n",
            ["/sys/devices/system/cpu/cpu10/topology/physical_package_id"] = "1\n",
            ["/sys/devices/system/cpu/cpu10/topology/core_id"] = "4\n",
            ["/sys/devices/system/cpu/cpu10/topology/thread_siblings_list"] = "1,10\n",
            ["/sys/devices/system/cpu/cpu10/cpufreq/scaling_governor"] = "performance\n",
            ["/sys/devices/system/cpu/cpu10/cpufreq/scaling_driver"] = "acpi-cpufreq\n",
            ["/sys/devices/system/cpu/cpu1/topology/thread_siblings"] = "402\n",
            ["/sys/devices/system/cpu/cpu0/online"] = "1\n",
            ["/sys/devices/system/cpu/cpufreq/boost"] = "1\n",
        };
        CpuInfo cpu = CpuReader.Read(tree);
        Assert.Equal([0, 1, 10], cpu.Cpus.Select(item => item.Number));
        Assert.Equal("performance", cpu.Cpus[2].Governor.Value);
        Assert.Equal("acpi-cpufreq", cpu.Cpus[2].Driver.Value);
        Assert.Equal(1, cpu.Cpus[2].Package.Value);
        Assert.Equal(4, cpu.Cpus[2].Core.Value);
        Assert.Equal("1,10", cpu.Cpus[2].Siblings.Value!.ToString());
        Assert.Equal("1,10", cpu.Cpus[1].Siblings.Value!.ToString());
        Assert.True(cpu.Cpus[1].Governor.IsAbsent);
        Assert.True(cpu.Cpus[0].Package.IsAbsent);
        Assert.Equal(0, cpu.Isolated.Value!.Count);
        Assert.Equal(0, cpu.NohzFull.Value!.Count);
        Assert.True(cpu.SmtActive.Value);
        Assert.True(cpu.PstateStatus.IsAbsent);
    }

    [Fact]
    public void A_CPU_without_topology_and_frequency_costs_one_question()
    {
        var small = new TreeEvidence { ["/sys/devices/system/cpu/cpu0/online"] = "1" };
        var large = new TreeEvidence();
        for (int i = 0; i < 101; i++)
        {
            large["/sys/devices/system/cpu/cpu" + i.ToString(System.Globalization.CultureInfo.InvariantCulture) + "/online"] = "1";
        }

        CpuReader.Read(small);
        CpuReader.Read(large);
        Assert.Equal(100, large.Asked - small.Asked);
    }

    [Theory]
    [InlineData("0-3\n\0")]
    [InlineData("0-3\n")]
    [InlineData(" 0-3")]
    public void A_terminating_NUL_is_no_part_of_a_list(string text)
    {
        Assert.True(CpuSet.TryParse(text, out CpuSet list));
        Assert.Equal("0-3", list.ToString());
        Assert.True(CpuSet.TryParseMask("00000000,0000000f\n\0", out CpuSet mask));
        Assert.Equal(list, mask);
    }
}
