using System.Buffers.Binary;
using System.IO.Compression;
using HdrHistogram;
using HdrHistogram.Encoding;
using HdrHistogram.Utilities;

namespace Passthrough.Bench.Engine;

/// <summary>
/// The portable text of a histogram: HdrHistogram's compressed V2 encoding in base64. The envelope is written here, because
/// the library leaves its zlib stream unfinished (no checksum) and readers in other languages refuse that.
/// </summary>
public static class HistogramText
{
    private const int CompressedCookieV2 = 0x1c849314;

    /// <summary>Encodes; the histogram is not changed.</summary>
    public static string Encode(HistogramBase histogram)
    {
        byte[] plain = new byte[histogram.GetNeededByteBufferCapacity()];
        int length = histogram.Encode(ByteBuffer.Allocate(plain), HistogramEncoderV2.Instance);
        using var packed = new MemoryStream();
        packed.Write(stackalloc byte[8]);
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(plain, 0, length);
        }

        byte[] bytes = packed.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(bytes, CompressedCookieV2);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), bytes.Length - 8);
        return Convert.ToBase64String(bytes);
    }

    /// <summary>Decodes a text of <see cref="Encode"/> or of another HdrHistogram; null when it is not one.</summary>
    public static HistogramBase? TryDecode(string text)
    {
        try
        {
            byte[] bytes = Convert.FromBase64String(text);
            if (bytes.Length < 10 || BinaryPrimitives.ReadInt32BigEndian(bytes) != CompressedCookieV2)
            {
                return null;
            }

            using var zlib = new ZLibStream(new MemoryStream(bytes, 8, bytes.Length - 8), CompressionMode.Decompress);
            using var plain = new MemoryStream();
            zlib.CopyTo(plain);
            return HistogramEncoding.DecodeFromByteBuffer(ByteBuffer.Allocate(plain.ToArray()), 0, null);
        }
        // The library throws whatever its arithmetic meets in a damaged text.
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return null;
        }
    }
}
