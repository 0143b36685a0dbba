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
        ByteBuffer buffer = ByteBuffer.Allocate(histogram.GetNeededByteBufferCapacity());
        byte[] plain = new byte[histogram.Encode(buffer, HistogramEncoderV2.Instance)];
        buffer.Position = 0;
        for (int i = 0; i < plain.Length; i++)
        {
            plain[i] = buffer.Get();
        }

        using var packed = new MemoryStream();
        packed.Write(stackalloc byte[8]);
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(plain);
        }

        byte[] bytes = packed.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(bytes, CompressedCookieV2);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), bytes.Length - 8);
        return Convert.ToBase64String(bytes);
    }
}
