using System.Text;
using Passthrough.Host.Bundles;
using Xunit;

namespace Passthrough.Tests.Cli;

/// <summary>On whatever machine runs the tests: what a bundle says is what the machine said.</summary>
public sealed class RoundTripTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ptdiag-round-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_findings_in_a_bundle_are_byte_for_byte_those_of_its_replay()
    {
        string bundle = Path.Combine(_folder, "case.tar.zst");
        (int created, _, string error) = Ptdiag.Run("bundle", "create", bundle);
        Assert.True(created == 0, error);
        (_, string replayed, _) = Ptdiag.Run("check", "--bundle", bundle, "--format", "json");
        BundleEvidence evidence = BundleEvidence.Open(bundle);
        Assert.True(evidence.TryGetMember("findings.json", out ReadOnlyMemory<byte> stored));
        Assert.Equal(Encoding.UTF8.GetString(stored.Span), replayed);
        Assert.InRange(evidence.Transcript.Count, 100, 1_000_000);
    }

    [Fact]
    public void A_live_check_and_the_bundle_made_beside_it_differ_in_the_source_alone()
    {
        string bundle = Path.Combine(_folder, "case.tar.gz");
        (int created, _, string error) = Ptdiag.Run("bundle", "create", bundle);
        Assert.True(created == 0, error);
        (_, string live, _) = Ptdiag.Run("check", "--format", "json");
        (_, string replayed, _) = Ptdiag.Run("check", "--bundle", bundle, "--format", "json");
        string[] different = [.. live.Split('\n').Zip(replayed.Split('\n')).Where(pair => pair.First != pair.Second).Select(pair => pair.First.Trim())];

        // Free memory and counters may move between the two looks; verdicts may not.
        Assert.DoesNotContain(different, line => line.StartsWith("\"verdict\"", StringComparison.Ordinal));
        Assert.Contains("\"source\": \"live\"", different.Append(""), StringComparer.Ordinal);
    }
}
