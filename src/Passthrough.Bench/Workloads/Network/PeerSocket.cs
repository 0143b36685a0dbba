using System.Net;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Network;

/// <summary>A socket connected to the peer that the parameters name, and the interface that leads there.</summary>
internal sealed class PeerSocket : IDisposable
{
    private readonly Descriptor _socket;

    private PeerSocket(Descriptor socket, string peer, string? interfaceName)
    {
        _socket = socket;
        Peer = peer;
        Interface = interfaceName;
    }

    /// <summary>The socket's number.</summary>
    public int Number => _socket.Number;

    /// <summary>The peer as a person writes it.</summary>
    public string Peer { get; }

    /// <summary>The interface that leads to the peer; null when it is not known.</summary>
    public string? Interface { get; }

    /// <summary>The peer that the parameters name.</summary>
    public static IPEndPoint PeerOf(ParameterSet parameters) => Endpoint.TryParse(parameters.Text("peer"), out IPEndPoint peer)
        ? peer
        : throw parameters.Wrong("peer", "the address and port of 'ptdiag bench serve', such as 192.0.2.1:7411 or [2001:db8::1]:7411");

    /// <summary>The local address that the parameters name; null when it is left to the kernel.</summary>
    public static IPAddress? LocalOf(ParameterSet parameters, IPEndPoint peer) => parameters.Text("bind") == ParameterSet.Any ? null
        : IPAddress.TryParse(parameters.Text("bind"), out IPAddress? local) && local.AddressFamily == peer.AddressFamily ? local
        : throw parameters.Wrong("bind", "\"any\" or an address of this machine of the same family as the peer");

    /// <summary>Opens, binds where asked, and connects; each wait on it ends after the timeout.</summary>
    public static PeerSocket Open(ISystemCalls system, ParameterSet parameters, int type, long timeoutMs)
    {
        IPEndPoint peer = PeerOf(parameters);
        IPAddress? local = LocalOf(parameters, peer);
        string name = Endpoint.Text(peer);
        int number = system.Socket(Endpoint.FamilyOf(peer.Address), type);
        var socket = number >= 0 ? new Descriptor(system, number, name) : throw Failure.Of("socket", name, number);
        try
        {
            byte[] timeout = Endpoint.Timeout(timeoutMs);
            Failure.Check(system.SetOption(number, SocketNumbers.SocketLevel, SocketNumbers.ReceiveTimeout, timeout), "setsockopt(SO_RCVTIMEO)", name);
            Failure.Check(system.SetOption(number, SocketNumbers.SocketLevel, SocketNumbers.SendTimeout, timeout), "setsockopt(SO_SNDTIMEO)", name);
            if (local is not null)
            {
                Failure.Check(system.Bind(number, Endpoint.Bytes(new IPEndPoint(local, 0))), "bind", local.ToString());
            }

            int connected = system.Connect(number, Endpoint.Bytes(peer));
            if (connected < 0)
            {
                throw Failure.Of("connect", name, connected, Meaning(-connected));
            }

            return new PeerSocket(socket, name, ResolveInterface(system, parameters, socket.Number, peer.Address));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>What an errno of the connection means here; null for the general words.</summary>
    public static string? Meaning(int errno) => errno switch
    {
        Errno.ECONNREFUSED => "nothing listens there; start 'ptdiag bench serve --listen ADDRESS:PORT' on the peer",
        // A connect that SO_SNDTIMEO ended says EINPROGRESS (115).
        Errno.ETIMEDOUT or Errno.EAGAIN or 115 => "the peer did not answer in time; look at its address, its firewall and 'ptdiag bench serve' there",
        Errno.EPIPE or Errno.ECONNRESET => "the peer closed the connection; 'ptdiag bench serve' there may have reached its --seconds",
        _ => null,
    };

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();

    private static string? ResolveInterface(ISystemCalls system, ParameterSet parameters, int socket, IPAddress peer)
    {
        string name = parameters.Text("interface");
        if (name != ParameterSet.Any)
        {
            return NetworkPath.Exists(system, name) ? name : throw parameters.Wrong("interface", "\"any\" or a network interface of this machine");
        }

        Span<byte> bytes = stackalloc byte[Endpoint.MostBytes];
        int length = system.LocalAddress(socket, bytes);
        string? found = length > 0 && Endpoint.AddressOf(bytes[..length]) is { } local ? NetworkPath.InterfaceTo(system, local, peer) : null;
        if (found is not null)
        {
            parameters.Resolve("interface", found);
        }

        return found;
    }
}
