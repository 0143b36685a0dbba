using System.Text.Json;
using Passthrough.Results;
using Passthrough.Tests.Results;
using Xunit;

namespace Passthrough.Tests.Cli;

public sealed class ClaimAndSweepOptionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ptdiag-claims").FullName;

    [Fact]
    public void Built_in_claims_are_answered_where_their_knob_was_turned_and_claims_of_a_file_always()
    {
        string results = Results();
        string claims = Write("claims.json", """
            {"schema":"ptdiag.claims/1","claims":[{"claim":"pinning halves latency","factor":"pinning","gain":0.5}]}
            """);

        (int code, string output, string error) = Ptdiag.Run("compare", results, "--claims", claims, "--tails", "--format", "json");

        Assert.Equal((0, ""), (code, error));
        using JsonDocument document = JsonDocument.Parse(output);
        Assert.Equal(["huge pages gain 20 %: supported", "pinning halves latency: notTestable"], document.RootElement.GetProperty("claims").EnumerateArray()
            .Select(claim => $"{claim.GetProperty("claim").GetString()}: {claim.GetProperty("verdict").GetString()}"));
        Assert.Empty(SchemaCheck.Problems("ptdiag.comparison-1.schema.json", output));
        Assert.Equal(10_000, document.RootElement.GetProperty("comparisons")[1].GetProperty("bootstrap").GetProperty("resamples").GetInt32());
    }

    [Fact]
    public void A_file_that_is_no_claims_is_one_sentence_and_exit_code_3()
    {
        string results = Results();
        (int code, string output, string error) = Ptdiag.Run("compare", results, "--claims", results);

        Assert.Equal((3, ""), (code, output));
        Assert.Equal($"{results}: The file is \"ptdiag.results/1\", not ptdiag.claims/1.\n", error);
        Assert.Equal(3, Ptdiag.Run("compare", results, "--claims", Path.Combine(_folder, "absent.json")).ExitCode);
    }

    [Theory]
    [InlineData("sizeBytes")]
    [InlineData("sizeBytes=")]
    [InlineData("sizeBytes=1")]
    [InlineData("sizeBytes=1,1")]
    [InlineData("=1,2")]
    public void A_sweep_of_nothing_is_a_usage_error(string sweep)
    {
        (int code, _, string error) = Ptdiag.Run("bench", "run", "memory.chase", "--sweep", sweep);

        Assert.Equal(2, code);
        Assert.Contains("sweeps no parameter", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sweep_goes_with_one_workload()
    {
        (int code, _, string error) = Ptdiag.Run("bench", "run", "memory.chase", "irq.edu.msi", "--sweep", "sizeBytes=1,2");

        Assert.Equal(2, code);
        Assert.Contains("one workload", error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Results() => Write("results.json", ResultsJson.Serialize(Documents.Of(
        [.. Documents.Runs("untuned", Documents.Around(100)), .. Documents.Runs("tuned", Documents.Around(70))])));

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
