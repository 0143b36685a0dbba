using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;

namespace Passthrough.Results.Histograms;

/// <summary>
/// Decodes the compressed V2 encoding of HdrHistogram. Stored results are input like any other: sizes are capped and nothing
/// throws. Source: HdrHistogram's EncodableHistogram and its V2 encoding: a big-endian header and the counts as ZigZag LEB128,
/// a negative number standing for so many empty buckets.
/// </summary>
public static class HdrDecoder
{
    private const int CompressedCookie = 0x1c849304;
    private const int PlainCookie = 0x1c849303;
    private const int CookieMask = unchecked((int)0xffffff0f);
    private const int HeaderBytes = 40;

    // 1 ns to 60 s at three digits has 28 thousand counts; at nine bytes each this is four times what that needs.
    private const int MaximumBytes = 1 << 20;

    /// <summary>Decodes base64 text; false for whatever is no such histogram.</summary>
    public static bool TryDecode(string? base64, out LatencyHistogram histogram)
    {
        histogram = new LatencyHistogram([]);
        if (string.IsNullOrEmpty(base64) || base64.Length > 2 * MaximumBytes)
        {
            return false;
        }

        var bytes = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, bytes, out int length) || length < 8)
        {
            return false;
        }

        ReadOnlySpan<byte> head = bytes.AsSpan(0, length);
        int size = BinaryPrimitives.ReadInt32BigEndian(head[4..]);
        if ((BinaryPrimitives.ReadInt32BigEndian(head) & CookieMask) != (CompressedCookie & CookieMask) || size < 0 || size > length - 8)
        {
            return false;
        }

        return Inflate(bytes, 8, size) is { } plain && TryDecodePlain(plain, out histogram);
    }

    private static byte[]? Inflate(byte[] bytes, int offset, int size)
    {
        var plain = new byte[MaximumBytes];
        try
        {
            // The two bytes of RFC 1950 are skipped: some writers leave out the checksum that should follow the data.
            bool hasHeader = size >= 2 && (bytes[offset] & 0x0f) == 8 && BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(offset)) % 31 == 0;
            int skip = hasHeader ? 2 : 0;
            using var stream = new DeflateStream(new MemoryStream(bytes, offset + skip, size - skip), CompressionMode.Decompress);
            int read = stream.ReadAtLeast(plain, plain.Length, throwOnEndOfStream: false);
            return read < plain.Length ? plain[..read] : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static bool TryDecodePlain(ReadOnlySpan<byte> plain, out LatencyHistogram histogram)
    {
        histogram = new LatencyHistogram([]);
        if (plain.Length < HeaderBytes || (BinaryPrimitives.ReadInt32BigEndian(plain) & CookieMask) != (PlainCookie & CookieMask))
        {
            return false;
        }

        int payload = BinaryPrimitives.ReadInt32BigEndian(plain[4..]);
        int digits = BinaryPrimitives.ReadInt32BigEndian(plain[12..]);
        long lowest = BinaryPrimitives.ReadInt64BigEndian(plain[16..]);
        if (payload < 0 || payload > plain.Length - HeaderBytes || digits is < 0 or > 5 || lowest < 1)
        {
            return false;
        }

        int unit = BitOperations.Log2((ulong)lowest);
        int half = BitOperations.Log2(BitOperations.RoundUpToPowerOf2(2 * (uint)Math.Pow(10, digits))) - 1;
        var buckets = new List<HistogramBucket>();
        ReadOnlySpan<byte> rest = plain.Slice(HeaderBytes, payload);
        long index = 0;
        long total = 0;
        while (!rest.IsEmpty)
        {
            if (!TryReadZigZag(ref rest, out long count))
            {
                return false;
            }

            if (count < 0)
            {
                // Also refuses long.MinValue, whose negation is itself.
                if (count < -(1L << 32))
                {
                    return false;
                }

                index -= count;
                continue;
            }

            if (count > 0)
            {
                if (!TryBucket(index, unit, half, count, out HistogramBucket bucket) || total > long.MaxValue / 2 - count)
                {
                    return false;
                }

                total += count;
                buckets.Add(bucket);
            }

            index++;
        }

        histogram = new LatencyHistogram(buckets);
        return true;
    }

    /// <summary>Which values the count at an index stands for.</summary>
    private static bool TryBucket(long index, int unit, int half, long count, out HistogramBucket bucket)
    {
        long halfCount = 1L << half;
        long exponent = (index >> half) - 1;
        long mantissa = (index & (halfCount - 1)) + halfCount;
        if (exponent < 0)
        {
            mantissa -= halfCount;
            exponent = 0;
        }

        int shift = (int)Math.Min(63, exponent + unit);
        bool fits = index >= 0 && shift + half + 1 < 63;
        long low = fits ? mantissa << shift : 0;
        bucket = new HistogramBucket(low, low + (fits ? (1L << shift) - 1 : 0), count);
        return fits;
    }

    /// <summary>LEB128 of at most nine bytes, the ninth carrying eight bits; then ZigZag.</summary>
    private static bool TryReadZigZag(ref ReadOnlySpan<byte> rest, out long value)
    {
        ulong raw = 0;
        value = 0;
        for (int i = 0; i < 9; i++)
        {
            if (i >= rest.Length)
            {
                return false;
            }

            byte part = rest[i];
            raw |= (ulong)(i == 8 ? part : part & 0x7f) << (7 * i);
            if (i == 8 || (part & 0x80) == 0)
            {
                rest = rest[(i + 1)..];
                value = (long)(raw >> 1) ^ -(long)(raw & 1);
                return true;
            }
        }

        return false;
    }
}
