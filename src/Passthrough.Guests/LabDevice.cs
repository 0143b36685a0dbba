using System.Globalization;

namespace Passthrough.Guests;

/// <summary>One device of a lab machine.</summary>
/// <param name="Options">The text of QEMU's <c>-device</c>.</param>
/// <param name="DiskMebibytes">Size of the empty disk that is made for the device, or null when it has none.</param>
/// <param name="HasUserNetwork">A network card on QEMU's user network, where 10.0.2.2 is this host's loopback address.</param>
public sealed record LabDevice(string Options, int? DiskMebibytes = null, bool HasUserNetwork = false)
{
    /// <summary>A port of this host's loopback address that leads to port 22 of the guest's 10.0.2.15; null for none. Only with a user network.</summary>
    public int? SshPort { get; init; }

    /// <summary>Unix socket on this host behind which the guest's agent will answer; null for none.</summary>
    public string? AgentSocket { get; init; }

    /// <summary>A PCI Express root port. The slot is its device number on the bus and, with it, unique among the ports.</summary>
    public static LabDevice RootPort(string id, int slot, string bus = "pcie.0", string? more = null) => new(
        string.Create(CultureInfo.InvariantCulture, $"pcie-root-port,id={id},bus={bus},addr={slot:x}.0,chassis={slot},slot={slot}")
        + Suffix(more));

    /// <summary>QEMU's teaching device (1234:11e8): one MSI, DMA of at most 4 KiB, no reset of its own.</summary>
    public static LabDevice Edu(string bus, string? more = null) => new($"edu,bus={bus}" + Suffix(more));

    /// <summary>An NVMe controller with one namespace on an empty disk.</summary>
    public static LabDevice Nvme(string bus, string serial, int mebibytes = 256, string? more = null) =>
        new($"nvme,bus={bus},serial={serial}" + Suffix(more), mebibytes);

    /// <summary>A PCI Express host bridge of its own, near a NUMA node, with the given first bus number.</summary>
    public static LabDevice HostBridge(string id, int slot, int firstBus, int node) => new(
        string.Create(CultureInfo.InvariantCulture, $"pxb-pcie,id={id},bus=pcie.0,addr={slot:x}.0,bus_nr={firstBus},numa_node={node}"));

    /// <summary>A network card with one interrupt for each direction, on QEMU's user network.</summary>
    public static LabDevice Network(string bus, string? more = null) => new($"e1000e,bus={bus}" + Suffix(more), HasUserNetwork: true);

    /// <summary>
    /// A serial port for the guest agent, whose socket QEMU makes on this host. In the guest the module virtio_console shows it as
    /// <c>/dev/virtio-ports/org.qemu.guest_agent.0</c>, or without udev as the <c>/dev/vport…p1</c> whose sysfs name that is.
    /// </summary>
    public static LabDevice Agent(string socket) => new("virtserialport,name=org.qemu.guest_agent.0") { AgentSocket = socket };

    private static string Suffix(string? more) => more is null ? "" : "," + more;
}
