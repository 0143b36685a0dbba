using System.IO.Compression;
using HdrHistogram;
using Passthrough.Bench.Engine;
using Xunit;

namespace Passthrough.Tests.Bench.Engine;

public sealed class StageTests
{
    [Fact]
    public void A_stage_ends_with_its_time_or_its_operations()
    {
        Assert.False(new Stage(TimeSpan.Zero).Goes);
        var stage = new Stage(TimeSpan.FromMinutes(1), 2);
        stage.Record(10, 512);
        Assert.True(stage.Goes);
        stage.Record(20, 512);
        Assert.False(stage.Goes);
        Assert.Equal((2L, 1024L, 2L), (stage.Operations, stage.Bytes, stage.Samples));
    }

    [Fact]
    public void A_latency_beyond_the_range_is_kept_at_its_end()
    {
        var stage = new Stage(TimeSpan.FromMinutes(1));
        stage.Record(long.MaxValue);
        stage.Record(-5);

        Assert.Equal(2, stage.Latencies.TotalCount);
        Assert.Equal(1, stage.Latencies.GetValueAtPercentile(50));
        Assert.True(stage.Latencies.GetMaxValue() >= 60_000_000_000L);
    }

    [Fact]
    public void A_batch_is_one_sample_of_many_operations_and_keeps_its_fraction()
    {
        var stage = new Stage(TimeSpan.FromMinutes(1));
        stage.RecordBatch(1000, 640, 64);

        Assert.Equal((640L, 1L, 640), (stage.Operations, stage.Samples, stage.BatchSize));
        Assert.Equal(2, stage.Latencies.GetMaxValue());
        Assert.Equal(1000, stage.Batches.GetMaxValue());
    }

    [Fact]
    public void Ending_fixes_the_duration()
    {
        var stage = new Stage(TimeSpan.FromMinutes(1));
        stage.End();
        TimeSpan first = stage.Elapsed;
        Thread.Sleep(2);
        stage.End();

        Assert.Equal(first, stage.Elapsed);
    }

    [Fact]
    public void A_histogram_survives_its_text_and_the_text_is_whole_zlib()
    {
        var histogram = new LongHistogram(1, 60_000_000_000L, 3);
        for (long i = 1; i < 1000; i++)
        {
            histogram.RecordValue(i * i * 17);
        }

        string text = HistogramText.Encode(histogram);

        HistogramBase back = Measuring.Decode(text);
        Assert.Equal(histogram.TotalCount, back.TotalCount);
        Assert.Equal(histogram.GetValueAtPercentile(99), back.GetValueAtPercentile(99));
        Assert.StartsWith("HISTFAAA", text, StringComparison.Ordinal);
        byte[] bytes = Convert.FromBase64String(text);
        using var zlib = new ZLibStream(new MemoryStream(bytes[8..]), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        zlib.CopyTo(plain);
        // The payload names its own length after the cookie, and nothing follows it.
        Assert.Equal(plain.Length, 40 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(plain.ToArray().AsSpan(4)));
    }

    [Fact]
    public void The_clock_is_described_in_one_sentence()
    {
        ClockQuality clock = ClockQuality.Measure();

        Assert.True(clock.MinimumNs >= 0 && clock.MinimumNs <= clock.MedianNs && clock.MedianNs <= clock.P99Ns);
        Assert.Contains("the clock source is", clock.Sentence, StringComparison.Ordinal);
        Assert.False(new ClockQuality("hpet", 10, 20, 30).CarriesSubMicrosecond);
        Assert.False(new ClockQuality("tsc", 10, 101, 300).CarriesSubMicrosecond);
        Assert.False(new ClockQuality(null, 10, 20, 30).CarriesSubMicrosecond);
        Assert.True(new ClockQuality("kvm-clock", 10, 100, 300).CarriesSubMicrosecond);
    }
}
