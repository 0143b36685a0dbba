using Passthrough.Host.Evidence;
using Xunit;

namespace Passthrough.Tests.Evidence;

public class NeverReadTests
{
    [Theory]
    [InlineData("/sys/bus/pci/devices/0000:01:00.0/rom")]
    [InlineData("/sys/bus/pci/devices/0000:01:00.0/vpd")]
    [InlineData("/sys/bus/pci/devices/0000:01:00.0/resource0")]
    [InlineData("/sys/bus/pci/devices/0000:01:00.0/resource2_wc")]
    [InlineData("/sys/class/net/eth0/device/rom")]
    [InlineData("/sys/bus/pci/rescan")]
    [InlineData("/sys/kernel/debug/iommu/intel/dmar_perf_latency")]
    [InlineData("/dev/watchdog")]
    [InlineData("/proc/kmsg")]
    public void What_acts_when_read_is_withheld(string path) => Assert.NotNull(NeverRead.Reason(path));

    [Theory]
    [InlineData("/sys/bus/pci/devices/0000:01:00.0/resource")]
    [InlineData("/sys/bus/pci/devices/0000:01:00.0/reset_method")]
    [InlineData("/sys/bus/pci/devices/0000:01:00.0/config")]
    [InlineData("/etc/rom")]
    [InlineData("/dev/kmsg")]
    [InlineData("/proc/interrupts")]
    public void What_only_tells_is_read(string path) => Assert.Null(NeverRead.Reason(path));

    [Theory]
    [InlineData("/sys/bus/pci/devices/0000:01:00.0/config", true)]
    [InlineData("/sys/bus/pci/devices/0000:01:00.0/current_link_speed", true)]
    [InlineData("/sys/bus/pci/devices/0000:01:00.0/class", false)]
    [InlineData("/boot/config", false)]
    public void What_is_answered_from_config_space_is_known(string path, bool expected) =>
        Assert.Equal(expected, NeverRead.IsConfigBacked(path));

    [Theory]
    [InlineData("D0", "active", "D0", "active", false)]
    [InlineData("D3hot", "suspended", "D0", "active", false)]
    [InlineData("D3hot", "suspended", "", "", false)]
    [InlineData("D3hot", "suspended", "D3hot", "suspended", true)]
    [InlineData("D3hot", "suspended", "D3cold", "active", true)]
    [InlineData("D3cold", "suspended", "D0", "active", true)]
    [InlineData("D3cold", "active", "D0", "active", true)]
    [InlineData("unknown", "suspended", "D0", "active", true)]
    [InlineData("", "suspended", "", "", true)]
    [InlineData("", "", "", "", false)]
    public void A_function_is_left_alone_when_a_read_would_wake_it_or_its_bridge(
        string state, string status, string bridgeState, string bridgeStatus, bool expected) =>
        Assert.Equal(expected, LiveEvidence.WouldWake(state, status, bridgeState, bridgeStatus));
}
