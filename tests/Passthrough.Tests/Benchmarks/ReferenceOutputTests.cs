using CsCheck;
using Passthrough.Benchmarks.Agreement;
using Xunit;

namespace Passthrough.Tests.Benchmarks;

public sealed class ReferenceOutputTests
{
    // What fio 3.33 prints, cut to the keys that are read and some that are not.
    private const string FioText = """
        {
          "fio version" : "fio-3.33",
          "jobs" : [
            {
              "jobname" : "agreement",
              "error" : 0,
              "read" : {
                "bw_bytes" : 259257996,
                "iops" : 63265.469062,
                "total_ios" : 31696,
                "clat_ns" : { "percentile" : { "50.000000" : 209920, "99.000000" : 1679360 } },
                "lat_ns" : { "mean" : 252139.163098, "N" : 31711, "percentile" : { "50.000000" : 214016, "99.000000" : 1761280 } }
              },
              "write" : { "iops" : 0.000000 }
            }
          ]
        }
        """;

    [Fact]
    public void Fio_gives_reads_a_second_and_the_percentiles_from_issue_to_completion() =>
        Assert.Equal(new ReferenceFigures(63265.469062, 214016, 1761280, 31696), ReferenceOutput.Fio(FioText, bytes: false));

    [Fact]
    public void Fio_gives_bytes_a_second_where_those_are_compared() =>
        Assert.Equal(259257996, ReferenceOutput.Fio(FioText, bytes: true).Value);

    [Fact]
    public void Warnings_of_fio_before_its_JSON_are_passed_over() =>
        Assert.Equal(31696, ReferenceOutput.Fio("note: both iodepth >= 1 and synchronous I/O engine are selected\n" + FioText, bytes: false).Samples);

    [Fact]
    public void An_error_of_fio_is_told() =>
        Assert.Contains("error 22", Fails(() => ReferenceOutput.Fio(FioText.Replace("\"error\" : 0", "\"error\" : 22", StringComparison.Ordinal), bytes: false)), StringComparison.Ordinal);

    [Fact]
    public void Fio_without_a_read_is_no_measurement() =>
        Assert.Contains("no speed", Fails(() => ReferenceOutput.Fio(FioText.Replace("63265.469062", "0.000000", StringComparison.Ordinal), bytes: false)), StringComparison.Ordinal);

    [Fact]
    public void Fio_without_latency_percentiles_is_told_and_not_taken_as_zero() =>
        Assert.Contains("expected form", Fails(() => ReferenceOutput.Fio(FioText.Replace("lat_ns", "other", StringComparison.Ordinal), bytes: false)), StringComparison.Ordinal);

    [Fact]
    public void Cyclictest_gives_percentiles_of_its_histogram()
    {
        ReferenceFigures figures = ReferenceOutput.Cyclictest(Cyclictest(1000, Enumerable.Range(1, 1000).Select(i => (i * 10L, 1L))));
        Assert.Equal(new ReferenceFigures(5000, 5000, 9900, 1000), figures);
    }

    [Fact]
    public void Buckets_of_cyclictest_are_taken_as_numbers_whatever_their_order() =>
        Assert.Equal(9, ReferenceOutput.Cyclictest(Cyclictest(400, [(1000, 100), (9, 300)])).Value);

    [Fact]
    public void A_percentile_beyond_the_histogram_of_cyclictest_is_unknown()
    {
        // 400 cycles of which 10 overflowed: the 99th percentile lies among those.
        ReferenceFigures figures = ReferenceOutput.Cyclictest(Cyclictest(400, [(3000, 390)]));
        Assert.Equal(3000, figures.P50);
        Assert.Null(figures.P99);
    }

    [Fact]
    public void Too_few_cycles_have_no_99th_percentile() =>
        Assert.Null(ReferenceOutput.Cyclictest(Cyclictest(300, [(3000, 300)])).P99);

    [Fact]
    public void A_histogram_of_cyclictest_that_does_not_reach_its_median_is_told() =>
        Assert.Contains("median", Fails(() => ReferenceOutput.Cyclictest(Cyclictest(400, [(3000, 100)]))), StringComparison.Ordinal);

    [Fact]
    public void One_line_of_an_own_program_is_read_with_its_unknowns() =>
        Assert.Equal(new ReferenceFigures(103.25, null, 140, 500), ReferenceOutput.Own("{\"value\":103.25,\"p50\":null,\"p99\":140,\"samples\":500}\n"));

    [Theory]
    [InlineData("")]
    [InlineData("segmentation fault")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"value\":\"fast\",\"samples\":1}")]
    [InlineData("{\"value\":null,\"samples\":1}")]
    [InlineData("{\"value\":5}")]
    [InlineData("{\"value\":5,\"samples\":1.5}")]
    [InlineData("{\"value\":-5,\"samples\":1}")]
    [InlineData("{\"jobs\":[]}")]
    [InlineData("{\"jobs\":[{\"error\":0}]}")]
    [InlineData("{\"thread\":{\"0\":{\"cycles\":1,\"histogram\":{\"x\":1}}}}")]
    [InlineData("{\"thread\":{\"0\":{\"cycles\":1,\"histogram\":[]}}}")]
    public void What_is_not_the_expected_form_is_one_sentence(string text)
    {
        Assert.NotEmpty(Fails(() => ReferenceOutput.Own(text)));
        Assert.NotEmpty(Fails(() => ReferenceOutput.Fio(text, bytes: false)));
        Assert.NotEmpty(Fails(() => ReferenceOutput.Cyclictest(text)));
    }

    [Fact]
    public void Output_that_was_cut_off_anywhere_is_one_sentence() => Gen.Int[0, FioText.TrimEnd().Length - 1].Sample(length =>
        Assert.NotEmpty(Fails(() => ReferenceOutput.Fio(FioText[..length], bytes: false))));

    private static string Cyclictest(long cycles, IEnumerable<(long Bucket, long Count)> histogram) =>
        $"{{\"thread\":{{\"0\":{{\"histogram\":{{{string.Join(',', histogram.Select(bucket => $"\"{bucket.Bucket}\":{bucket.Count}"))}}},\"cycles\":{cycles},\"min\":1}}}}}}";

    private static string Fails(Action read) => Assert.Throws<AgreementException>(read).Message;
}
