using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Passthrough.Guests.Transports;

/// <summary>The agent behind the unix socket that QEMU made for its virtio-serial port org.qemu.guest_agent.0.</summary>
internal sealed class AgentSocket(string path, TimeSpan patience) : IAgentChannel
{
    private const int LongestReply = 64 << 20;
    private readonly byte[] _buffer = new byte[64 << 10];
    private Socket? _socket;
    private AgentStream _stream = new(LongestReply);

    /// <inheritdoc />
    public string Name => path + " (guest agent)";

    /// <inheritdoc />
    public int ChunkBytes => 256 << 10;

    /// <inheritdoc />
    public async Task<AgentReply> AskAsync(byte[] request, CancellationToken cancel)
    {
        using var time = new CancellationTokenSource(patience);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancel);
        try
        {
            Socket socket = _socket ?? await ConnectAsync(either.Token).ConfigureAwait(false);
            await SendAsync(socket, request, either.Token).ConfigureAwait(false);
            (byte[] line, _) = await LineAsync(socket, either.Token).ConfigureAwait(false);
            return AgentReply.TryParse(line, out AgentReply reply)
                ? reply
                : throw new GuestException($"What answers at {path} does not speak the guest agent's protocol.");
        }
        catch (OperationCanceledException)
        {
            // The reply may still come: the next request begins with a new connection and guest-sync-delimited.
            Drop();
            cancel.ThrowIfCancellationRequested();
            throw new GuestException(string.Create(CultureInfo.InvariantCulture,
                $"No agent answers at {path} within {patience.TotalSeconds:0.#} s: qemu-guest-agent has to be installed and running in the guest, and nothing else may hold the socket."));
        }
        catch (SocketException error)
        {
            Drop();
            throw new GuestException($"No agent answers at {path} ({error.Message.TrimEnd('.')}): it has to be the socket of a running guest's port org.qemu.guest_agent.0.", error);
        }
        catch (GuestException)
        {
            Drop();
            throw;
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        Drop();
        return ValueTask.CompletedTask;
    }

    private void Drop()
    {
        _socket?.Dispose();
        _socket = null;
    }

    /// <summary>Connects and brings both sides into step: what an earlier client left unread is thrown away. Source: guest-sync-delimited in qga/qapi-schema.json.</summary>
    private async Task<Socket> ConnectAsync(CancellationToken cancel)
    {
        _stream = new AgentStream(LongestReply);
        UnixDomainSocketEndPoint end;
        try
        {
            end = new UnixDomainSocketEndPoint(path);
        }
        catch (ArgumentException)
        {
            throw new GuestException($"The path {path} is too long or empty for a unix socket.");
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _socket = socket;
        await socket.ConnectAsync(end, cancel).ConfigureAwait(false);
        long id = RandomNumberGenerator.GetInt32(int.MaxValue);

        // 0xFF ends whatever half a request the agent may still hold; it answers that with an error, which is passed over.
        await SendAsync(socket, [0xFF, .. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"execute\":\"guest-sync-delimited\",\"arguments\":{{\"id\":{id}}}}}"))], cancel).ConfigureAwait(false);
        while (true)
        {
            (byte[] line, bool afterSentinel) = await LineAsync(socket, cancel).ConfigureAwait(false);
            if (afterSentinel && AgentReply.TryParse(line, out AgentReply reply) && reply.Number() == id)
            {
                return socket;
            }
        }
    }

    private static async Task SendAsync(Socket socket, byte[] request, CancellationToken cancel)
    {
        byte[] line = [.. request, (byte)'\n'];
        for (int sent = 0; sent < line.Length;)
        {
            sent += await socket.SendAsync(line.AsMemory(sent), cancel).ConfigureAwait(false);
        }
    }

    private async Task<(byte[] Line, bool AfterSentinel)> LineAsync(Socket socket, CancellationToken cancel)
    {
        while (true)
        {
            if (_stream.TryTake(out byte[] line, out bool afterSentinel))
            {
                return (line, afterSentinel);
            }

            int count = await socket.ReceiveAsync(_buffer, cancel).ConfigureAwait(false);
            if (count == 0)
            {
                throw new GuestException($"The connection to {path} ended: the guest is off, or something else took the socket.");
            }

            _stream.Add(_buffer.AsSpan(0, count));
            if (_stream.Overflowed)
            {
                throw new GuestException($"What answers at {path} sent more than {LongestReply >> 20} MiB without an end of line.");
            }
        }
    }
}
