using System.Text;
using CsCheck;
using Passthrough.Results;
using Passthrough.Results.Claims;
using Xunit;
using static Passthrough.Tests.Results.Documents;

namespace Passthrough.Tests.Results.Claims;

public sealed class ClaimTests
{
    private static readonly DeclaredClaim _twenty = new("huge pages gain 20 %", "hugepages", 0.20);

    [Theory]
    [InlineData(0.70, 0.78, "supported", "all of it is at or above")]
    [InlineData(0.75, 0.85, "supported", "contains 20 %")]
    [InlineData(0.75, 0.95, "inconclusive", "less than half")]
    [InlineData(0.75, 1.02, "inconclusive", "less than half")]
    [InlineData(0.81, 0.90, "contradicted", "below 20 %")]
    [InlineData(1.10, 1.20, "contradicted", "below 20 %")]
    public void A_claim_on_latency_is_held_against_the_interval(double low, double high, string verdict, string words)
    {
        Claim claim = Answer(One(low, high));

        Assert.Equal(verdict, claim.Verdict);
        Assert.Contains(words, claim.Reason, StringComparison.Ordinal);
        Assert.Equal("mem.chase, hugepages, latency", claim.Comparison);
        Assert.Equal(1 - high, claim.Low!.Value, 9);
        Assert.Equal((0.20, "hugepages"), (claim.ClaimedGain, claim.Factor));
    }

    [Fact]
    public void The_gain_of_a_throughput_is_its_rise() => Assert.Equal("supported", Answer(One(1.15, 1.30) with { Metric = "throughput" }).Verdict);

    [Fact]
    public void What_equal_variants_differ_by_supports_nothing_and_contradicts_nothing()
    {
        Assert.Equal("inconclusive", Answer(One(0.75, 0.85) with { NoiseFloor = new Band(0.8, 1.2) }).Verdict);
        Assert.Equal("contradicted", Answer(One(0.95, 1.02) with { NoiseFloor = new Band(0.9, 1.1) }).Verdict);
        Assert.Equal("inconclusive", Answer(One(0.95, 1.02) with { NoiseFloor = new Band(0.8, 1.1) }).Verdict);
        Assert.Equal("contradicted", Answer(One(1.0, 1.05) with { Metric = "throughput", NoiseFloor = new Band(0.8, 1.1) }).Verdict);
        Assert.Equal("inconclusive", Answer(One(1.0, 1.15) with { Metric = "throughput", NoiseFloor = new Band(0.8, 1.1) }).Verdict);
    }

    [Fact]
    public void Without_an_interval_nothing_is_decided() =>
        Assert.Equal("inconclusive", Answer(One(1, 1) with { Low = null, High = null, Ratio = null }).Verdict);

    [Fact]
    public void What_was_not_measured_is_not_testable_and_says_why()
    {
        ComparisonDocument nothing = Comparer.CompareVariants(Of());
        Claim skipped = Assert.Single(ClaimChecker.Check([_twenty], nothing, [new SkippedWorkload("memory.chase", "no pool of 2 MiB pages.", "hugepages")]));
        Claim absent = Assert.Single(ClaimChecker.Check([_twenty], nothing, [new SkippedWorkload("irq.edu.msi", "no edu device", "irqCpu")]));

        Assert.Equal(("notTestable", "It could not be measured here: no pool of 2 MiB pages."), (skipped.Verdict, skipped.Reason));
        Assert.Equal(("notTestable", "Nothing in these results turns hugepages."), (absent.Verdict, absent.Reason));
        Assert.Null(absent.Gain);
    }

    [Fact]
    public void An_emulated_machine_is_answered_and_the_answer_says_so()
    {
        ComparisonDocument document = Comparer.CompareVariants(Of([.. Runs("untuned", Around(100)), .. Runs("tuned", Around(75))]) with
        {
            Machine = Machine with { Emulated = true, EmulatedReason = "the processor is emulated." },
        });
        Claim claim = Assert.Single(ClaimChecker.Check([_twenty], document, []));

        Assert.Equal("supported", claim.Verdict);
        Assert.True(claim.FunctionalOnly);
        Assert.EndsWith("Functional only: the processor is emulated.", claim.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_counter_that_did_not_move_is_told()
    {
        Claim claim = Answer(One(0.7, 0.75) with { Witness = new Witness("hugePageBytes", 0, 0, false) });
        Assert.Contains("hugePageBytes, did not", claim.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Supported_and_contradicted_exclude_each_other_and_supported_means_half_at_least() =>
        Gen.Select(Gen.Double[0.3, 1.5], Gen.Double[0, 0.5], Gen.Double[0.01, 0.6]).Sample((low, width, gain) =>
        {
            Claim claim = Assert.Single(ClaimChecker.Check([_twenty with { Gain = gain }], Comparer.CompareVariants(Of()) with { Comparisons = [One(low, low + width)] }, []));
            return claim.Verdict switch
            {
                "supported" => claim.High >= gain && claim.Low > gain / 2,
                "contradicted" => claim.High < gain,
                _ => claim.High >= gain && claim.Low <= gain / 2,
            };
        });

    [Fact]
    public void The_built_in_claims_have_a_factor_each()
    {
        Assert.Equal(["pinning", "hugepages", "irqCpu", "batching", "all"], BuiltInClaims.All.Select(claim => claim.Factor));
        Assert.Equal([0.30, 0.20, 0.15, 0.25, 0.30], BuiltInClaims.All.Select(claim => claim.Gain));
    }

    [Theory]
    [InlineData("", "The file is empty.")]
    [InlineData("{\"schema\":\"ptdiag.results/1\"}", "The file is \"ptdiag.results/1\", not ptdiag.claims/1.")]
    [InlineData("{\"schema\":\"ptdiag.claims/1\",\"claims\":[]}", "The file declares no claim.")]
    [InlineData("{\"schema\":\"ptdiag.claims/1\"}", "does not have the required form")]
    [InlineData("{\"schema\":\"ptdiag.claims/1\",\"claims\":[null]}", "Claim 1 needs")]
    [InlineData("{\"schema\":\"ptdiag.claims/1\",\"claims\":[{\"claim\":\"a\",\"factor\":\"b\",\"gain\":0}]}", "Claim 1 needs")]
    [InlineData("{\"schema\":\"ptdiag.claims/1\",\"claims\":[{\"claim\":\"a\",\"factor\":\"b\",\"gain\":0.1,\"statistic\":\"p50\"}]}", "Claim 1 needs")]
    public void A_file_that_is_no_claims_is_refused_with_one_sentence(string text, string expected)
    {
        Assert.False(ResultsJson.TryParseClaims(Encoding.UTF8.GetBytes(text), out IReadOnlyList<DeclaredClaim>? claims, out string? sentence));
        Assert.Null(claims);
        Assert.Contains(expected, sentence, StringComparison.Ordinal);
        Assert.EndsWith(".", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Claims_are_read_as_their_schema_says()
    {
        const string Text = """
            {"schema":"ptdiag.claims/1","claims":[
              {"claim":"huge pages make maps five times as fast","factor":"hugepages","gain":0.8,"workload":"vfio.dma.map"},
              {"claim":"the tail is a tenth lower","factor":"pinning","gain":0.1,"statistic":"p99"}]}
            """;
        Assert.Empty(SchemaCheck.Problems("ptdiag.claims-1.schema.json", Text));
        Assert.True(ResultsJson.TryParseClaims(Encoding.UTF8.GetBytes(Text), out IReadOnlyList<DeclaredClaim>? claims, out _));
        Assert.Equal(("hugepages", 0.8, "vfio.dma.map", (string?)null), (claims[0].Factor, claims[0].Gain, claims[0].Workload, claims[0].Statistic));
        Assert.Equal("p99", claims[1].Statistic);
    }

    private static Claim Answer(Comparison one) =>
        Assert.Single(ClaimChecker.Check([_twenty], Comparer.CompareVariants(Of()) with { Comparisons = [one] }, []));

    private static Comparison One(double low, double high) =>
        Comparer.CompareVariants(Of([.. Runs("untuned", Around(100)), .. Runs("tuned", Around(80))])).Comparisons[0] with
        {
            Ratio = (low + high) / 2,
            Low = low,
            High = high,
        };
}
