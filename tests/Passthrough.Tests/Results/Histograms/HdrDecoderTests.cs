using CsCheck;
using HdrHistogram;
using Passthrough.Results.Histograms;
using Xunit;

namespace Passthrough.Tests.Results.Histograms;

public sealed class HdrDecoderTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("not base64!")]
    [InlineData("AAAA")]
    [InlineData("HISTEwAAAAEA")]
    public void What_is_no_histogram_is_refused(string? text)
    {
        Assert.False(HdrDecoder.TryDecode(text, out LatencyHistogram histogram));
        Assert.Equal(0, histogram.Count);
        Assert.Null(histogram.Quantile(0.5));
    }

    [Fact]
    public void Percentiles_equal_those_of_the_library_that_encoded()
    {
        var random = new Random(7);
        var recorded = new LongHistogram(1, 60_000_000_000L, 3);
        for (int i = 0; i < 20_000; i++)
        {
            recorded.RecordValue((long)Math.Exp(random.NextDouble() * 20) + 1);
        }

        Assert.True(HdrDecoder.TryDecode(HdrEncoding.Encode(recorded), out LatencyHistogram decoded));
        Assert.Equal(recorded.TotalCount, decoded.Count);
        foreach (double percentile in new[] { 1, 50, 90, 99, 99.9, 100 })
        {
            Assert.Equal(recorded.HighestEquivalentValue(recorded.GetValueAtPercentile(percentile)), decoded.Quantile(percentile / 100));
        }
    }

    [Fact]
    public void An_empty_histogram_is_a_histogram()
    {
        Assert.True(HdrDecoder.TryDecode(HdrEncoding.Encode(new LongHistogram(1, 60_000_000_000L, 3)), out LatencyHistogram decoded));
        Assert.Equal(0, decoded.Count);
    }

    [Fact]
    public void Merging_adds_samples_and_never_averages()
    {
        var first = new LongHistogram(1, 1_000_000, 3);
        var second = new LongHistogram(1, 1_000_000, 3);
        first.RecordValueWithCount(100, 99);
        second.RecordValueWithCount(900, 1);
        HdrDecoder.TryDecode(HdrEncoding.Encode(first), out LatencyHistogram one);
        HdrDecoder.TryDecode(HdrEncoding.Encode(second), out LatencyHistogram other);
        var merged = LatencyHistogram.Merge([one, other]);
        Assert.Equal(100, merged.Count);
        Assert.Equal(100, merged.Quantile(0.99));
        Assert.Equal(900, merged.Quantile(1));
    }

    [Fact]
    public void Arbitrary_bytes_never_throw() =>
        Gen.Byte.Array[0, 200].Sample(bytes =>
        {
            HdrDecoder.TryDecode(Convert.ToBase64String(bytes), out _);
        });

    [Fact]
    public void A_changed_byte_never_throws()
    {
        var recorded = new LongHistogram(1, 60_000_000_000L, 3);
        recorded.RecordValue(12_345);
        recorded.RecordValue(9_876_543);
        byte[] good = Convert.FromBase64String(HdrEncoding.Encode(recorded));
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte).Sample((place, value) =>
        {
            byte[] changed = [.. good];
            changed[place] = value;
            HdrDecoder.TryDecode(Convert.ToBase64String(changed), out _);
        }, iter: 2000);
    }
}
