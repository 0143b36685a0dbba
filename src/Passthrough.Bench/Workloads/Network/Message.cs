using System.Buffers.Binary;

namespace Passthrough.Bench.Workloads.Network;

/// <summary>
/// A datagram of net.udp.rtt: eight bytes that say whose it is and which way it goes, eight of a sequence number, then padding.
/// Only requests are answered, so that two servers never answer each other.
/// </summary>
internal static class Message
{
    /// <summary>Least size.</summary>
    public const int HeaderBytes = 16;

    private const int WayOffset = 7;
    private const byte Request = 1;
    private const byte Answer = 2;

    private static ReadOnlySpan<byte> Mark => "ptdiag\0"u8;

    /// <summary>Makes the bytes a request.</summary>
    public static void WriteRequest(Span<byte> bytes, ulong sequence)
    {
        Mark.CopyTo(bytes);
        bytes[WayOffset] = Request;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], sequence);
    }

    /// <summary>Turns a request into its answer; false for what is none.</summary>
    public static bool TryAnswer(Span<byte> bytes)
    {
        if (bytes.Length < HeaderBytes || !bytes.StartsWith(Mark) || bytes[WayOffset] != Request)
        {
            return false;
        }

        bytes[WayOffset] = Answer;
        return true;
    }

    /// <summary>The number of the request that is answered; null for what is no answer.</summary>
    public static ulong? AnsweredBy(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= HeaderBytes && bytes.StartsWith(Mark) && bytes[WayOffset] == Answer
            ? BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) : null;
}
