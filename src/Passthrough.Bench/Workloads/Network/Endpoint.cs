using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Network;

/// <summary>An address and port as a person writes them and as the kernel takes them. Names are not looked up: what is measured is an address.</summary>
internal static class Endpoint
{
    /// <summary>Bytes of the longest address, struct sockaddr_in6.</summary>
    public const int MostBytes = 28;

    /// <summary>Parses 192.0.2.1:7411 or [2001:db8::1]:7411; the port is required.</summary>
    public static bool TryParse(string text, out IPEndPoint endpoint)
    {
        // Without brackets the last group of an IPv6 address would be read as a port, and 1.2.3 as an address of its own kind.
        bool isIpv6 = text.StartsWith('[');
        bool parsed = IPEndPoint.TryParse(text, out IPEndPoint? found) && found.Port > 0
            && (isIpv6 ? found.AddressFamily == AddressFamily.InterNetworkV6
                : found.AddressFamily == AddressFamily.InterNetwork && text.Count(letter => letter == '.') == 3);
        endpoint = found ?? new IPEndPoint(IPAddress.None, 0);
        return parsed;
    }

    /// <summary>AF_INET or AF_INET6.</summary>
    public static int FamilyOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? SocketNumbers.Ipv6 : SocketNumbers.Ipv4;

    /// <summary>struct sockaddr_in or sockaddr_in6.</summary>
    public static byte[] Bytes(IPEndPoint endpoint)
    {
        bool isIpv6 = endpoint.AddressFamily == AddressFamily.InterNetworkV6;
        byte[] bytes = new byte[isIpv6 ? MostBytes : 16];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)FamilyOf(endpoint.Address));
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)endpoint.Port);
        if (isIpv6)
        {
            endpoint.Address.TryWriteBytes(bytes.AsSpan(8), out _);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(24), (uint)endpoint.Address.ScopeId);
        }
        else
        {
            endpoint.Address.TryWriteBytes(bytes.AsSpan(4), out _);
        }

        return bytes;
    }

    /// <summary>The address in the bytes of a struct sockaddr; null for another family.</summary>
    public static IPAddress? AddressOf(ReadOnlySpan<byte> bytes) => bytes.Length < 16 ? null : BinaryPrimitives.ReadUInt16LittleEndian(bytes) switch
    {
        SocketNumbers.Ipv4 => new IPAddress(bytes[4..8]),
        SocketNumbers.Ipv6 when bytes.Length >= MostBytes => new IPAddress(bytes[8..24]),
        _ => null,
    };

    /// <summary>struct timeval of so many milliseconds.</summary>
    public static byte[] Timeout(long milliseconds)
    {
        byte[] value = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(value, milliseconds / 1000);
        BinaryPrimitives.WriteInt64LittleEndian(value.AsSpan(8), milliseconds % 1000 * 1000);
        return value;
    }

    /// <summary>As a person writes it.</summary>
    public static string Text(IPEndPoint endpoint) => string.Create(CultureInfo.InvariantCulture, $"{endpoint}");
}
