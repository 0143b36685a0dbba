using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads.Network;

namespace Passthrough.Bench.Workloads;

/// <summary>Workloads of the network.</summary>
public static partial class WorkloadCatalog
{
    private static IReadOnlyList<WorkloadInfo> NetworkWorkloads => [UdpRoundTrip, TcpStream];

    private static WorkloadParameter[] PeerParameters =>
    [
        new("peer", "", "ADDRESS:PORT of 'ptdiag bench serve' on the other side; required"),
        new("bind", ParameterSet.Any, "local address, or \"any\""),
        new("interface", ParameterSet.Any, "interface whose interrupts are watched, or \"any\" for the one that leads to the peer"),
        new("cpu", ParameterSet.Any, "CPU of the thread that sends, or \"any\""),
    ];

    private static WorkloadInfo UdpRoundTrip => Make(
        "net.udp.rtt",
        "One datagram to a peer and its answer back, one at a time; lost ones are counted.",
        "latency",
        "nanoseconds",
        [
            .. PeerParameters,
            new("bytes", "64", "bytes of one datagram, 16 to 65507"),
            new("wait", "block", "block in the receiving call, or spin over calls that do not wait"),
            new("timeoutMs", "200", "after so many milliseconds a datagram counts as lost"),
        ],
        NoMachine,
        (parameters, _) => new UdpRoundTripWorkload(System, parameters));

    private static WorkloadInfo TcpStream => Make(
        "net.tcp.stream",
        "Bytes over one TCP connection to a peer, until the last one is acknowledged.",
        "throughput",
        "bytesPerSecond",
        [
            .. PeerParameters,
            new("bytes", "131072", "bytes of one sending call, 1 to 16 MiB"),
            new("timeoutMs", "5000", "after so many milliseconds without progress the run ends"),
        ],
        NoMachine,
        (parameters, _) => new TcpStreamWorkload(System, parameters));
}
