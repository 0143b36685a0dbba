using System.Buffers.Binary;
using System.Globalization;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Network;

/// <summary>
/// A stream of bytes to the peer over one TCP connection. A stage ends when the peer has acknowledged its last byte, so that
/// what only filled the socket's buffer is not told as throughput.
/// </summary>
internal sealed class TcpStreamWorkload : IWorkload, IRunsOnCpu, IHasInterrupt
{
    private const long ProbeBytes = 1 << 20;

    private readonly ISystemCalls _system;
    private readonly ParameterSet _parameters;
    private readonly byte[] _content;
    private readonly byte[] _info = new byte[256];
    private readonly long _timeoutMs;
    private PeerSocket? _socket;
    private NetworkWitness? _network;
    private (long Acknowledged, long Retransmits)? _mark;

    /// <summary>Checks the parameters; nothing is opened.</summary>
    public TcpStreamWorkload(ISystemCalls system, ParameterSet parameters)
    {
        _system = system;
        _parameters = parameters;
        _ = PeerSocket.LocalOf(parameters, PeerSocket.PeerOf(parameters));
        _content = new byte[parameters.Number("bytes", 1, 16 << 20)];
        _timeoutMs = parameters.Number("timeoutMs", 1, 60_000);
        Cpu = parameters.OptionalNumber("cpu");
    }

    /// <inheritdoc />
    public int? Cpu { get; }

    /// <inheritdoc />
    public string? Interrupt { get; private set; }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Parameters => _parameters.Values;

    /// <inheritdoc />
    public void Prepare()
    {
        _socket = PeerSocket.Open(_system, _parameters, SocketNumbers.Stream, _timeoutMs);
        _network = _socket.Interface is { } name ? new NetworkWitness(_system, name, Cpu) : null;
        _network?.Mark();
        // A little before anything is measured shows which line the acknowledgements interrupt on.
        Execute(new Stage(TimeSpan.FromMinutes(1), Math.Max(1, ProbeBytes / _content.Length)));
        Interrupt = _network?.Busiest();
    }

    /// <inheritdoc />
    public void MarkWitness()
    {
        _network?.Mark();
        _mark = Counters();
    }

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        int socket = _socket!.Number;
        long startNs = Clock.NowNs;
        while (stage.GoesAt(startNs))
        {
            nint sent = _system.Send(socket, _content, SocketNumbers.NoSignal);
            if (sent == -Errno.EINTR)
            {
                continue;
            }

            if (sent < 0)
            {
                throw Failure.Of("send", _socket.Peer, sent, sent == -Errno.EAGAIN
                    ? string.Create(CultureInfo.InvariantCulture, $"the peer took nothing for {_timeoutMs} ms") : PeerSocket.Meaning((int)-sent));
            }

            long nowNs = Clock.NowNs;
            stage.Record(nowNs - startNs, sent);
            startNs = nowNs;
        }

        Drain(socket);
        stage.End();
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Witness()
    {
        var witness = new Dictionary<string, double>();
        if (_mark is { } mark && Counters() is { } now)
        {
            witness["bytesAcknowledged"] = now.Acknowledged - mark.Acknowledged;
            witness["retransmits"] = now.Retransmits - mark.Retransmits;
        }

        _network?.AddTo(witness);
        return witness;
    }

    /// <inheritdoc />
    public void Dispose() => _socket?.Dispose();

    private void Drain(int socket)
    {
        long deadlineNs = Clock.NowNs + (_timeoutMs * 1_000_000);
        while (Unacknowledged(socket) > 0)
        {
            if (Clock.NowNs > deadlineNs)
            {
                throw new BenchException(string.Create(CultureInfo.InvariantCulture,
                    $"{_socket!.Peer} did not acknowledge the last bytes within {_timeoutMs} ms: look whether 'ptdiag bench serve' still runs there."));
            }

            Thread.Yield();
        }
    }

    private unsafe int Unacknowledged(int socket)
    {
        int bytes = 0;
        // Safe: the kernel writes one int to this frame.
        Failure.Check(_system.Ioctl(socket, SocketNumbers.UnacknowledgedBytes, (nint)(&bytes)), "ioctl(SIOCOUTQ)", _socket!.Peer);
        return bytes;
    }

    // Null on a kernel whose struct is too short.
    private (long Acknowledged, long Retransmits)? Counters() =>
        _system.GetOption(_socket!.Number, SocketNumbers.TcpLevel, SocketNumbers.TcpInfo, _info) >= SocketNumbers.TcpBytesAckedOffset + 8
            ? (BinaryPrimitives.ReadInt64LittleEndian(_info.AsSpan(SocketNumbers.TcpBytesAckedOffset)),
                BinaryPrimitives.ReadUInt32LittleEndian(_info.AsSpan(SocketNumbers.TcpRetransmitsOffset)))
            : null;
}
