using HdrHistogram;
using HdrHistogram.Utilities;

namespace Passthrough.Tests.Results.Histograms;

/// <summary>Encodes histograms as results store them.</summary>
internal static class HdrEncoding
{
    /// <summary>The compressed V2 encoding in base64.</summary>
    public static string Encode(HistogramBase histogram)
    {
        var buffer = ByteBuffer.Allocate(histogram.GetNeededByteBufferCapacity());
        int length = histogram.EncodeIntoCompressedByteBuffer(buffer);
        buffer.Position = 0;
        byte[] bytes = [.. Enumerable.Range(0, length).Select(_ => buffer.Get())];
        return Convert.ToBase64String(bytes);
    }
}
