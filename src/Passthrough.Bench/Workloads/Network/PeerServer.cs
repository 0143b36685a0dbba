using System.Net;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Network;

/// <summary>
/// The other side of the network workloads: answers their datagrams and takes their streams on one address, and keeps nothing.
/// It ends when it is disposed.
/// </summary>
public sealed class PeerServer : IDisposable
{
    /// <summary>Connections served at once; more are closed as they come.</summary>
    public const int MostConnections = 8;

    private const int LookMs = 100;
    private readonly ISystemCalls _system;
    private readonly Descriptor _datagrams;
    private readonly Descriptor _streams;
    private readonly List<Thread> _threads = [];
    private volatile bool _over;
    private int _connections;
    private long _answered;
    private long _received;

    private PeerServer(ISystemCalls system, Descriptor datagrams, Descriptor streams, string address)
    {
        _system = system;
        _datagrams = datagrams;
        _streams = streams;
        Address = address;
    }

    /// <summary>Where it listens.</summary>
    public string Address { get; }

    /// <summary>Datagrams answered.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Bytes of streams taken.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Why an address is not listened on, a sentence; null when it may be.</summary>
    public static string? WhyNot(string text) =>
        !Endpoint.TryParse(text, out IPEndPoint endpoint)
            ? $"\"{text}\" is no address with a port: write it as 192.0.2.1:7411 or [2001:db8::1]:7411."
            : endpoint.Address.Equals(IPAddress.Any) || endpoint.Address.Equals(IPAddress.IPv6Any)
                ? $"{text} would listen on every interface of this machine: name the one address that the other side reaches."
                : null;

    /// <summary>Listens on an address and serves until it is disposed.</summary>
    /// <exception cref="BenchException">The address cannot be listened on.</exception>
    public static PeerServer Start(string address) => Start(LinuxSystemCalls.Instance, address);

    internal static PeerServer Start(ISystemCalls system, string address)
    {
        if (WhyNot(address) is { } reason)
        {
            throw new BenchException(reason);
        }

        _ = Endpoint.TryParse(address, out IPEndPoint endpoint);
        Descriptor datagrams = Listen(system, endpoint, SocketNumbers.Datagram);
        try
        {
            Descriptor streams = Listen(system, endpoint, SocketNumbers.Stream);
            var server = new PeerServer(system, datagrams, streams, Endpoint.Text(endpoint));
            server.Run(server.AnswerDatagrams, "datagrams");
            server.Run(server.AcceptStreams, "streams");
            return server;
        }
        catch
        {
            datagrams.Dispose();
            throw;
        }
    }

    /// <summary>Stops listening and waits for what is being served.</summary>
    public void Dispose()
    {
        _over = true;
        Thread[] threads;
        lock (_threads)
        {
            threads = [.. _threads];
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        _datagrams.Dispose();
        _streams.Dispose();
    }

    private static Descriptor Listen(ISystemCalls system, IPEndPoint endpoint, int type)
    {
        string name = Endpoint.Text(endpoint);
        int number = system.Socket(Endpoint.FamilyOf(endpoint.Address), type);
        var socket = number >= 0 ? new Descriptor(system, number, name) : throw Failure.Of("socket", name, number);
        try
        {
            // Each wait ends soon, so that the end of serving is noticed; accept(2) obeys it too.
            Failure.Check(system.SetOption(number, SocketNumbers.SocketLevel, SocketNumbers.ReceiveTimeout, Endpoint.Timeout(LookMs)),
                "setsockopt(SO_RCVTIMEO)", name);
            if (type == SocketNumbers.Stream)
            {
                // Connections of an earlier server may linger in TIME_WAIT.
                Failure.Check(system.SetOption(number, SocketNumbers.SocketLevel, SocketNumbers.ReuseAddress, [1, 0, 0, 0]), "setsockopt(SO_REUSEADDR)", name);
            }

            int bound = system.Bind(number, Endpoint.Bytes(endpoint));
            if (bound < 0)
            {
                throw Failure.Of("bind", name, bound, -bound switch
                {
                    Errno.EADDRINUSE => "another program listens there; choose another port",
                    Errno.EADDRNOTAVAIL => "this machine does not have the address",
                    Errno.EACCES => "ports below 1024 are for root only",
                    _ => null,
                });
            }

            if (type == SocketNumbers.Stream)
            {
                Failure.Check(system.Listen(number, MostConnections), "listen", name);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void Run(Action work, string name)
    {
        var thread = new Thread(() => work()) { IsBackground = true, Name = name };
        lock (_threads)
        {
            _threads.Add(thread);
        }

        thread.Start();
    }

    private void AnswerDatagrams()
    {
        byte[] buffer = new byte[65_536];
        byte[] sender = new byte[Endpoint.MostBytes];
        while (!_over)
        {
            nint length = _system.ReceiveFrom(_datagrams.Number, buffer, sender, out int senderBytes);
            if (length > 0 && Message.TryAnswer(buffer.AsSpan(0, (int)length))
                && _system.SendTo(_datagrams.Number, buffer.AsSpan(0, (int)length), sender.AsSpan(0, senderBytes)) == length)
            {
                Interlocked.Increment(ref _answered);
            }
        }
    }

    private void AcceptStreams()
    {
        while (!_over)
        {
            int connection = _system.Accept(_streams.Number);
            if (connection < 0)
            {
                continue;
            }

            if (Interlocked.Increment(ref _connections) > MostConnections)
            {
                Interlocked.Decrement(ref _connections);
                _ = _system.Close(connection);
                continue;
            }

            Run(() => Take(connection), "stream");
        }
    }

    private void Take(int connection)
    {
        byte[] buffer = new byte[256 << 10];
        _ = _system.SetOption(connection, SocketNumbers.SocketLevel, SocketNumbers.ReceiveTimeout, Endpoint.Timeout(LookMs));
        while (!_over)
        {
            nint length = _system.Receive(connection, buffer, 0);
            if (length > 0)
            {
                Interlocked.Add(ref _received, length);
            }
            else if (length is not (-Errno.EAGAIN or -Errno.EINTR))
            {
                break;
            }
        }

        _ = _system.Close(connection);
        Interlocked.Decrement(ref _connections);
    }
}
