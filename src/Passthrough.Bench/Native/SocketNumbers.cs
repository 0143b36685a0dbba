namespace Passthrough.Bench.Native;

/// <summary>
/// Numbers of the socket calls, the same on x86-64 and arm64. Sources: include/linux/socket.h, include/uapi/asm-generic/socket.h,
/// include/uapi/linux/{in,in6,tcp}.h.
/// </summary>
internal static class SocketNumbers
{
    /// <summary>AF_INET.</summary>
    public const int Ipv4 = 2;

    /// <summary>AF_INET6.</summary>
    public const int Ipv6 = 10;

    /// <summary>SOCK_STREAM.</summary>
    public const int Stream = 1;

    /// <summary>SOCK_DGRAM.</summary>
    public const int Datagram = 2;

    /// <summary>MSG_DONTWAIT.</summary>
    public const int DoNotWait = 0x40;

    /// <summary>MSG_NOSIGNAL: a connection that the other side closed is an errno, not a fatal signal.</summary>
    public const int NoSignal = 0x4000;

    /// <summary>SOL_SOCKET.</summary>
    public const int SocketLevel = 1;

    /// <summary>SO_REUSEADDR.</summary>
    public const int ReuseAddress = 2;

    /// <summary>SO_RCVTIMEO; the value is a struct timeval of two 64-bit words.</summary>
    public const int ReceiveTimeout = 20;

    /// <summary>SO_SNDTIMEO; bounds connect(2) too.</summary>
    public const int SendTimeout = 21;

    /// <summary>IPPROTO_TCP.</summary>
    public const int TcpLevel = 6;

    /// <summary>TCP_INFO.</summary>
    public const int TcpInfo = 11;

    /// <summary>offsetof(struct tcp_info, tcpi_total_retrans), 32 bits.</summary>
    public const int TcpRetransmitsOffset = 100;

    /// <summary>offsetof(struct tcp_info, tcpi_bytes_acked), 64 bits (Linux 4.1).</summary>
    public const int TcpBytesAckedOffset = 120;

    /// <summary>SIOCOUTQ: bytes of a TCP socket that the other side has not acknowledged.</summary>
    public const int UnacknowledgedBytes = 0x5411;
}
