using System.Globalization;
using System.Text.Json;
using Passthrough.Results.Statistics;

namespace Passthrough.Benchmarks.Agreement;

/// <summary>What one run of a reference program printed, reduced to the figures that are compared.</summary>
/// <param name="Value">In the unit of the workload.</param>
/// <param name="P50">Median latency, nanoseconds; null where the program has none.</param>
/// <param name="P99">99th percentile of latency, nanoseconds.</param>
/// <param name="Samples">Samples.</param>
internal sealed record ReferenceFigures(double Value, double? P50, double? P99, long Samples);

/// <summary>A run or a row that cannot be made; the sentence says why.</summary>
internal sealed class AgreementException(string sentence) : Exception(sentence);

/// <summary>Reads the output of the reference programs. Pure; what is not the expected form is an exception of one sentence.</summary>
internal static class ReferenceOutput
{
    /// <summary>One line of our own programs: <c>{"value":V,"p50":V,"p99":V,"samples":N}</c>.</summary>
    public static ReferenceFigures Own(string text) => Read("the reference program", text, root => new ReferenceFigures(
        Positive(root.GetProperty("value")), Optional(root, "p50"), Optional(root, "p99"), root.GetProperty("samples").GetInt64()));

    /// <summary>
    /// fio with <c>--output-format=json --lat_percentiles=1</c>: submission to completion (<c>lat_ns</c>), and reads or bytes a second.
    /// </summary>
    /// <param name="text">Its output; warnings may stand before the JSON.</param>
    /// <param name="bytes">Bytes a second instead of reads a second.</param>
    public static ReferenceFigures Fio(string text, bool bytes) => Read("fio", FromBrace(text), root =>
    {
        JsonElement job = root.GetProperty("jobs")[0];
        if (job.GetProperty("error").GetInt32() is not 0 and int error)
        {
            throw new AgreementException(string.Create(CultureInfo.InvariantCulture, $"fio ended with error {error}."));
        }

        JsonElement read = job.GetProperty("read");
        JsonElement percentiles = read.GetProperty("lat_ns").GetProperty("percentile");
        return new ReferenceFigures(
            Positive(read.GetProperty(bytes ? "bw_bytes" : "iops")),
            Optional(percentiles, "50.000000"),
            Optional(percentiles, "99.000000"),
            read.GetProperty("total_ios").GetInt64());
    });

    /// <summary>
    /// cyclictest with <c>-N -h --json</c>: a histogram whose buckets are nanoseconds. Samples beyond the histogram lie above every
    /// percentile that they do not reach, so they are counted from <c>cycles</c>.
    /// </summary>
    public static ReferenceFigures Cyclictest(string text) => Read("cyclictest", text, root =>
    {
        JsonElement thread = root.GetProperty("thread").GetProperty("0");
        long cycles = thread.GetProperty("cycles").GetInt64();
        var buckets = new SortedDictionary<long, long>();
        foreach (JsonProperty bucket in thread.GetProperty("histogram").EnumerateObject())
        {
            buckets[long.Parse(bucket.Name, NumberStyles.None, CultureInfo.InvariantCulture)] = bucket.Value.GetInt64();
        }

        double p50 = AtRank(buckets, cycles, 0.50) ?? throw new AgreementException("cyclictest's histogram does not reach its median.");
        return new ReferenceFigures(p50, p50, cycles >= SampleSizes.ForPercentile(0.99) ? AtRank(buckets, cycles, 0.99) : null, cycles);
    });

    private static double? AtRank(SortedDictionary<long, long> buckets, long cycles, double share)
    {
        // As HdrHistogram counts: the smallest value that at least this share of the samples does not exceed.
        long wanted = Math.Max(1, (long)Math.Ceiling(share * cycles));
        long seen = 0;
        foreach ((long value, long count) in buckets)
        {
            seen += count;
            if (seen >= wanted)
            {
                return value;
            }
        }

        return null;
    }

    private static ReferenceFigures Read(string who, string text, Func<JsonElement, ReferenceFigures> read)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return read(json.RootElement);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or OverflowException
            or IndexOutOfRangeException or FormatException)
        {
            throw new AgreementException($"The output of {who} does not have the expected form ({error.Message.TrimEnd('.')}): \"{Short(text)}\".");
        }
    }

    private static double Positive(JsonElement element) => element.GetDouble() is var value && double.IsFinite(value) && value > 0
        ? value
        : throw new AgreementException(string.Create(CultureInfo.InvariantCulture, $"A reference program measured {value}, which is no speed and no time."));

    private static double? Optional(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement element) && element.ValueKind == JsonValueKind.Number ? element.GetDouble() : null;

    private static string FromBrace(string text) => text.IndexOf('{', StringComparison.Ordinal) is >= 0 and int at ? text[at..] : text;

    private static string Short(string text)
    {
        string line = text.ReplaceLineEndings(" ").Trim();
        return line.Length <= 120 ? line : line[..120] + "…";
    }
}
