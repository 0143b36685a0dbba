namespace Passthrough.Tests.Bench.Native;

/// <content>Calls of the network workloads.</content>
internal sealed partial class FakeSystemCalls
{
    /// <summary>Answer to socket: 0 for a new descriptor, else -errno.</summary>
    public int SocketResult { get; set; }

    /// <summary>Answer to connect.</summary>
    public int ConnectResult { get; set; }

    /// <summary>Answer to bind.</summary>
    public int BindAddressResult { get; set; }

    /// <summary>What getsockname gives.</summary>
    public byte[] LocalAddressBytes { get; set; } = [];

    /// <summary>Answer to send.</summary>
    public Func<byte[], int> OnSend { get; set; } = content => content.Length;

    /// <summary>Answer to recv: bytes, or -errno.</summary>
    public Func<byte[], int> OnReceive { get; set; } = _ => -Passthrough.Bench.Native.Errno.EAGAIN;

    /// <summary>Answer to getsockopt: bytes written.</summary>
    public Func<byte[], int> OnGetOption { get; set; } = _ => 0;

    public int Socket(int family, int type)
    {
        Calls.Add($"socket {family} {type}");
        return SocketResult < 0 ? SocketResult : NewDescriptor("socket");
    }

    public int Bind(int socket, ReadOnlySpan<byte> address)
    {
        Calls.Add($"bind {Convert.ToHexString(address)}");
        return BindAddressResult;
    }

    public int Connect(int socket, ReadOnlySpan<byte> address)
    {
        Calls.Add($"connect {Convert.ToHexString(address)}");
        return ConnectResult;
    }

    public int Listen(int socket, int backlog) => 0;

    public int Accept(int socket) => -Passthrough.Bench.Native.Errno.EAGAIN;

    public nint Send(int socket, ReadOnlySpan<byte> buffer, int flags) => OnSend(buffer.ToArray());

    public nint Receive(int socket, Span<byte> buffer, int flags)
    {
        byte[] answer = new byte[buffer.Length];
        int count = OnReceive(answer);
        answer.AsSpan(0, Math.Max(0, count)).CopyTo(buffer);
        return count;
    }

    public nint SendTo(int socket, ReadOnlySpan<byte> buffer, ReadOnlySpan<byte> address) => buffer.Length;

    public nint ReceiveFrom(int socket, Span<byte> buffer, Span<byte> address, out int addressBytes)
    {
        addressBytes = 0;
        return -Passthrough.Bench.Native.Errno.EAGAIN;
    }

    public int SetOption(int socket, int level, int option, ReadOnlySpan<byte> value)
    {
        Calls.Add($"setsockopt {level} {option} {Convert.ToHexString(value)}");
        return 0;
    }

    public int GetOption(int socket, int level, int option, Span<byte> value)
    {
        byte[] answer = new byte[value.Length];
        int count = OnGetOption(answer);
        answer.CopyTo(value);
        return count;
    }

    public int LocalAddress(int socket, Span<byte> address)
    {
        LocalAddressBytes.CopyTo(address);
        return LocalAddressBytes.Length;
    }
}
