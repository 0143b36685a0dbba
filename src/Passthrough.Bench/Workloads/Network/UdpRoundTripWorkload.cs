using System.Globalization;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Network;

/// <summary>
/// One datagram to the peer and its answer back, one at a time: from the call that sends to the return of the call that receives.
/// The peer's own time is part of it.
/// </summary>
internal sealed class UdpRoundTripWorkload : IWorkload, IRunsOnCpu, IHasInterrupt
{
    private const int ProbeExchanges = 32;

    /// <summary>So many lost in a row are no longer loss: nobody is there.</summary>
    private const int MostLostInARow = 10;

    private readonly ISystemCalls _system;
    private readonly ParameterSet _parameters;
    private readonly byte[] _request;
    private readonly byte[] _answer;
    private readonly long _timeoutMs;
    private readonly bool _spins;
    private PeerSocket? _socket;
    private NetworkWitness? _network;
    private ulong _sequence;
    private int _lostInARow;
    private long _lost;
    private long _lostMark;
    private long _late;
    private long _lateMark;

    /// <summary>Checks the parameters; nothing is opened.</summary>
    public UdpRoundTripWorkload(ISystemCalls system, ParameterSet parameters)
    {
        _system = system;
        _parameters = parameters;
        _ = PeerSocket.LocalOf(parameters, PeerSocket.PeerOf(parameters));
        // 65507 bytes are the most that one datagram over IPv4 carries.
        _request = new byte[parameters.Number("bytes", Message.HeaderBytes, 65_507)];
        _answer = new byte[_request.Length];
        _timeoutMs = parameters.Number("timeoutMs", 1, 10_000);
        _spins = parameters.Choice("wait", "block", "spin") == "spin";
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
        _socket = PeerSocket.Open(_system, _parameters, SocketNumbers.Datagram, _timeoutMs);
        _network = _socket.Interface is { } name ? new NetworkWitness(_system, name, Cpu) : null;
        _network?.Mark();
        // A few exchanges before anything is measured: the sentence about a silent peer comes from here, and so does the line its answers interrupt on.
        Execute(new Stage(TimeSpan.FromMinutes(1), ProbeExchanges));
        Interrupt = _network?.Busiest();
    }

    /// <inheritdoc />
    public void MarkWitness()
    {
        (_lostMark, _lateMark) = (_lost, _late);
        _network?.Mark();
    }

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        int socket = _socket!.Number;
        _lostInARow = 0;
        while (stage.Goes)
        {
            Message.WriteRequest(_request, ++_sequence);
            long startNs = Clock.NowNs;
            Send(socket);
            long? endNs = Await(socket, startNs);
            if (endNs is { } received)
            {
                _lostInARow = 0;
                stage.Record(received - startNs, 2L * _request.Length);
                continue;
            }

            _lost++;
            if (++_lostInARow == MostLostInARow)
            {
                throw new BenchException(string.Create(CultureInfo.InvariantCulture,
                    $"{_socket.Peer} left {MostLostInARow} datagrams in a row unanswered for {_timeoutMs} ms each: look whether 'ptdiag bench serve' runs there and a firewall lets UDP through."));
            }
        }
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Witness()
    {
        var witness = new Dictionary<string, double> { ["lost"] = _lost - _lostMark, ["late"] = _late - _lateMark };
        _network?.AddTo(witness);
        return witness;
    }

    /// <inheritdoc />
    public void Dispose() => _socket?.Dispose();

    private void Send(int socket)
    {
        nint sent;
        while ((sent = _system.Send(socket, _request, 0)) == -Errno.EINTR)
        {
        }

        if (sent < 0)
        {
            throw Failure.Of("send", _socket!.Peer, sent, sent == -Errno.EMSGSIZE
                ? "the datagram is larger than the way to the peer carries; ask for fewer bytes" : PeerSocket.Meaning((int)-sent));
        }
    }

    /// <summary>When the answer to the newest request was there; null when none came in time.</summary>
    private long? Await(int socket, long startNs)
    {
        int flags = _spins ? SocketNumbers.DoNotWait : 0;
        long deadlineNs = startNs + (_timeoutMs * 1_000_000);
        while (true)
        {
            nint length = _system.Receive(socket, _answer, flags);
            long nowNs = Clock.NowNs;
            if (length >= 0)
            {
                if (Message.AnsweredBy(_answer.AsSpan(0, (int)length)) == _sequence)
                {
                    return nowNs;
                }

                // The answer to a request that was given up, or nothing of ours.
                _late++;
            }
            else if (length is not (-Errno.EAGAIN or -Errno.EINTR))
            {
                throw Failure.Of("recv", _socket!.Peer, length, PeerSocket.Meaning((int)-length));
            }

            if (nowNs >= deadlineNs)
            {
                return null;
            }
        }
    }
}
