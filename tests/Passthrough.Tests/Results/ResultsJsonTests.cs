using System.Text;
using System.Text.Json;
using CsCheck;
using Passthrough.Results;
using Xunit;
using static Passthrough.Tests.Results.Documents;

namespace Passthrough.Tests.Results;

public sealed class ResultsJsonTests
{
    [Theory]
    [InlineData("", "The file is empty.")]
    [InlineData(" \n", "The file is empty.")]
    [InlineData("{", "The file is not JSON (line 1).")]
    [InlineData("hello", "The file is not JSON (line 1).")]
    [InlineData("[]", "The file is JSON without a \"schema\" of ptdiag.results/1.")]
    [InlineData("null", "The file is JSON without a \"schema\" of ptdiag.results/1.")]
    [InlineData("{\"schema\":1}", "The file is JSON without a \"schema\" of ptdiag.results/1.")]
    [InlineData("{\"schema\":\"ptdiag.findings/1\"}", "The file is \"ptdiag.findings/1\", not ptdiag.results/1.")]
    [InlineData("{\"schema\":\"ptdiag.results/2\"}", "The file is ptdiag.results/2, written by a newer version; this version reads ptdiag.results/1.")]
    public void A_file_that_is_no_results_is_refused_with_one_sentence(string text, string expected)
    {
        Assert.False(ResultsJson.TryParseResults(Encoding.UTF8.GetBytes(text), out ResultsDocument? document, out string? sentence));
        Assert.Null(document);
        Assert.Equal(expected, sentence);
    }

    [Theory]
    [InlineData("{\"schema\":\"ptdiag.results/1\"}")]
    [InlineData("{\"schema\":\"ptdiag.results/1\",\"tool\":null,\"machine\":null,\"design\":null,\"workloads\":null}")]
    [InlineData("{\"schema\":\"ptdiag.results/1\",\"tool\":{\"name\":\"x\",\"version\":\"1\"},\"machine\":{\"emulated\":false},\"design\":{\"seed\":1,\"blocks\":1,\"order\":[],\"unit\":\"run\"},\"workloads\":[null]}")]
    [InlineData("{\"schema\":\"ptdiag.results/1\",\"tool\":{\"name\":\"x\",\"version\":\"1\"},\"machine\":{\"emulated\":false},\"design\":{\"seed\":1,\"blocks\":1,\"order\":[null],\"unit\":\"run\"},\"workloads\":[]}")]
    [InlineData("{\"schema\":\"ptdiag.results/1\",\"tool\":{\"name\":\"x\",\"version\":\"1\"},\"machine\":{\"emulated\":false},\"design\":{\"seed\":1e99},\"workloads\":[]}")]
    public void Results_without_what_is_required_are_refused_with_one_sentence(string text)
    {
        Assert.False(ResultsJson.TryParseResults(Encoding.UTF8.GetBytes(text), out _, out string? sentence));
        Assert.EndsWith(".", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', sentence);
    }

    [Fact]
    public void Arbitrary_bytes_never_throw() => Gen.Byte.Array[0, 200].Sample(bytes => !ResultsJson.TryParseResults(bytes, out _, out _));

    [Fact]
    public void A_changed_byte_never_throws()
    {
        byte[] good = Encoding.UTF8.GetBytes(ResultsJson.Serialize(Sample));
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte).Sample((place, value) =>
        {
            byte[] changed = [.. good];
            changed[place] = value;
            bool parsed = ResultsJson.TryParseResults(changed, out ResultsDocument? document, out string? sentence);
            return parsed == (document is not null) && parsed == (sentence is null);
        }, iter: 300);
    }

    [Fact]
    public void What_is_written_is_read_back_as_it_was()
    {
        string text = ResultsJson.Serialize(Sample);
        Assert.True(ResultsJson.TryParseResults(Encoding.UTF8.GetBytes(text), out ResultsDocument? document, out _));
        Assert.Equal(text, ResultsJson.Serialize(document));
        Assert.Equal(Sample.Machine, document.Machine);
        Assert.Equal(Sample.Workloads.Count, document.Workloads.Count);
        Assert.True(ResultsJson.TryParseResults([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text)], out _, out _));
    }

    [Fact]
    public void A_comparison_is_read_back_as_it_was()
    {
        string text = ResultsJson.Serialize(Comparer.CompareVariants(Sample));
        Assert.True(ResultsJson.TryParseComparison(Encoding.UTF8.GetBytes(text), out ComparisonDocument? document, out _));
        Assert.Equal(text, ResultsJson.Serialize(document));
        Assert.False(ResultsJson.TryParseResults(Encoding.UTF8.GetBytes(text), out _, out string? sentence));
        Assert.Equal("The file is \"ptdiag.comparison/1\", not ptdiag.results/1.", sentence);
    }

    [Fact]
    public void Keys_of_a_later_addition_may_be_missing()
    {
        const string Text = """
            {"schema":"ptdiag.results/1","tool":{"name":"x","version":"1"},"machine":{"emulated":false},
             "design":{"seed":1,"blocks":1,"order":[],"unit":"run"},"workloads":[],"someday":1}
            """;
        Assert.True(ResultsJson.TryParseResults(Encoding.UTF8.GetBytes(Text), out ResultsDocument? document, out _));
        Assert.Empty(document.Skipped);
        Assert.Equal("ptdiag.results/1", document.Schema);
        Assert.Null(document.Machine.Kernel);
    }

    [Fact]
    public void Written_documents_have_every_key_of_their_schema_and_no_other()
    {
        Assert.Empty(SchemaCheck.Problems("ptdiag.results-1.schema.json", ResultsJson.Serialize(Sample)));
        ComparisonDocument comparison = Comparer.CompareVariants(Sample) with { Claims = [new Claim("hugepages +20 %", "inconclusive", "Too few runs.", null)] };
        Assert.NotEmpty(comparison.Comparisons);
        Assert.Empty(SchemaCheck.Problems("ptdiag.comparison-1.schema.json", ResultsJson.Serialize(comparison)));
        Assert.Empty(SchemaCheck.Problems("ptdiag.comparison-1.schema.json", ResultsJson.Serialize(Comparer.Compare(Sample, Of()))));
    }

    [Fact]
    public void Words_are_camel_case_unknown_is_null_and_keys_are_in_ordinal_order()
    {
        using JsonDocument comparison = JsonDocument.Parse(ResultsJson.Serialize(Comparer.CompareVariants(Of([.. Runs("untuned", Around(1, 3)), .. Runs("tuned", Around(1, 3))]))));
        JsonElement entry = comparison.RootElement.GetProperty("comparisons")[0];
        Assert.Equal("tooFewRuns", entry.GetProperty("verdict").GetString());
        Assert.Equal(3, entry.GetProperty("n").GetProperty("before").GetInt32());
        Assert.Equal(JsonValueKind.Null, entry.GetProperty("ratio").ValueKind);
        Assert.Equal(JsonValueKind.Null, entry.GetProperty("noiseFloor").ValueKind);
        using JsonDocument results = JsonDocument.Parse(ResultsJson.Serialize(Sample));
        Assert.Equal(["B", "a", "b"], results.RootElement.GetProperty("workloads")[0].GetProperty("parameters").EnumerateObject().Select(property => property.Name));
    }

    [Fact]
    public void A_number_that_is_none_is_written_as_null()
    {
        ResultsDocument document = Of(Runs("only", [double.NaN, double.PositiveInfinity], pages: double.NaN));
        using JsonDocument json = JsonDocument.Parse(ResultsJson.Serialize(document));
        Assert.All(json.RootElement.GetProperty("workloads").EnumerateArray(), run => Assert.Equal(JsonValueKind.Null, run.GetProperty("value").ValueKind));
    }

    private static ResultsDocument Sample { get; } = Of([
        .. Runs("untuned", Around(100), pages: 0, parameters: new Dictionary<string, string> { ["b"] = "1", ["a"] = "\"<x>\"", ["B"] = "ü" }),
        .. Runs("tuned", Around(80), pages: 4096, parameters: new Dictionary<string, string> { ["b"] = "2", ["a"] = "\"<x>\"", ["B"] = "ü" }),
        .. Runs("untuned-again", Around(100), pages: 0, parameters: new Dictionary<string, string> { ["b"] = "1", ["a"] = "\"<x>\"", ["B"] = "ü" })]) with
    { Skipped = [new SkippedWorkload("dma.nvme.read", "No NVMe controller is bound to vfio-pci.")] };
}
