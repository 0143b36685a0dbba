using Tmds.Linux;

namespace Passthrough.Bench.Native;

/// <content>Calls of the network workloads. Safe throughout: each span is pinned for its call and its own length is passed.</content>
internal sealed unsafe partial class LinuxSystemCalls
{
    /// <inheritdoc />
    public int Socket(int family, int type) => Result(LibC.socket(family, type | LibC.SOCK_CLOEXEC, 0));

    /// <inheritdoc />
    public int Bind(int socket, ReadOnlySpan<byte> address)
    {
        fixed (byte* pointer = address)
        {
            return Result(LibC.bind(socket, (sockaddr*)pointer, (uint)address.Length));
        }
    }

    /// <inheritdoc />
    public int Connect(int socket, ReadOnlySpan<byte> address)
    {
        fixed (byte* pointer = address)
        {
            return Result(LibC.connect(socket, (sockaddr*)pointer, (uint)address.Length));
        }
    }

    /// <inheritdoc />
    public int Listen(int socket, int backlog) => Result(LibC.listen(socket, backlog));

    /// <inheritdoc />
    public int Accept(int socket) => Result(LibC.accept4(socket, null, null, LibC.SOCK_CLOEXEC));

    /// <inheritdoc />
    public nint Send(int socket, ReadOnlySpan<byte> buffer, int flags)
    {
        fixed (byte* pointer = buffer)
        {
            return Result((long)LibC.send(socket, pointer, (size_t)(uint)buffer.Length, flags));
        }
    }

    /// <inheritdoc />
    public nint Receive(int socket, Span<byte> buffer, int flags)
    {
        fixed (byte* pointer = buffer)
        {
            return Result((long)LibC.recv(socket, pointer, (size_t)(uint)buffer.Length, flags));
        }
    }

    /// <inheritdoc />
    public nint SendTo(int socket, ReadOnlySpan<byte> buffer, ReadOnlySpan<byte> address)
    {
        fixed (byte* pointer = buffer)
        fixed (byte* to = address)
        {
            return Result((long)LibC.sendto(socket, pointer, (size_t)(uint)buffer.Length, 0, (sockaddr*)to, (uint)address.Length));
        }
    }

    /// <inheritdoc />
    public nint ReceiveFrom(int socket, Span<byte> buffer, Span<byte> address, out int addressBytes)
    {
        socklen_t length = (uint)address.Length;
        fixed (byte* pointer = buffer)
        fixed (byte* from = address)
        {
            nint result = Result((long)LibC.recvfrom(socket, pointer, (size_t)(uint)buffer.Length, 0, (sockaddr*)from, &length));
            addressBytes = Math.Min((int)(uint)length, address.Length);
            return result;
        }
    }

    /// <inheritdoc />
    public int SetOption(int socket, int level, int option, ReadOnlySpan<byte> value)
    {
        fixed (byte* pointer = value)
        {
            return Result(LibC.setsockopt(socket, level, option, pointer, (uint)value.Length));
        }
    }

    /// <inheritdoc />
    public int GetOption(int socket, int level, int option, Span<byte> value)
    {
        socklen_t length = (uint)value.Length;
        fixed (byte* pointer = value)
        {
            int result = Result(LibC.getsockopt(socket, level, option, pointer, &length));
            return result < 0 ? result : (int)(uint)length;
        }
    }

    /// <inheritdoc />
    public int LocalAddress(int socket, Span<byte> address)
    {
        socklen_t length = (uint)address.Length;
        fixed (byte* pointer = address)
        {
            int result = Result(LibC.getsockname(socket, (sockaddr*)pointer, &length));
            return result < 0 ? result : Math.Min((int)(uint)length, address.Length);
        }
    }
}
