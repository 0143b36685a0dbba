namespace Passthrough.Bench.Native;

/// <content>Calls of the network workloads. Addresses are the bytes of a struct sockaddr.</content>
internal partial interface ISystemCalls
{
    /// <summary>socket(2) with SOCK_CLOEXEC added.</summary>
    int Socket(int family, int type);

    /// <summary>bind(2).</summary>
    int Bind(int socket, ReadOnlySpan<byte> address);

    /// <summary>connect(2).</summary>
    int Connect(int socket, ReadOnlySpan<byte> address);

    /// <summary>listen(2).</summary>
    int Listen(int socket, int backlog);

    /// <summary>accept4(2) with SOCK_CLOEXEC, the peer's address left out.</summary>
    int Accept(int socket);

    /// <summary>send(2).</summary>
    nint Send(int socket, ReadOnlySpan<byte> buffer, int flags);

    /// <summary>recv(2).</summary>
    nint Receive(int socket, Span<byte> buffer, int flags);

    /// <summary>sendto(2) without flags.</summary>
    nint SendTo(int socket, ReadOnlySpan<byte> buffer, ReadOnlySpan<byte> address);

    /// <summary>recvfrom(2) without flags: who sent it stands in the first bytes of <paramref name="address"/>.</summary>
    nint ReceiveFrom(int socket, Span<byte> buffer, Span<byte> address, out int addressBytes);

    /// <summary>setsockopt(2).</summary>
    int SetOption(int socket, int level, int option, ReadOnlySpan<byte> value);

    /// <summary>getsockopt(2): bytes written, or -errno.</summary>
    int GetOption(int socket, int level, int option, Span<byte> value);

    /// <summary>getsockname(2): bytes of the address, or -errno.</summary>
    int LocalAddress(int socket, Span<byte> address);
}
