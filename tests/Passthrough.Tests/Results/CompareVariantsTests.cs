using Passthrough.Results;
using Xunit;
using static Passthrough.Tests.Results.Documents;

namespace Passthrough.Tests.Results;

public sealed class CompareVariantsTests
{
    [Fact]
    public void No_runs_give_no_comparison() => Assert.Empty(Comparer.CompareVariants(Of()).Comparisons);

    [Fact]
    public void One_variant_gives_no_comparison() =>
        Assert.Empty(Comparer.CompareVariants(Of(Runs("only", Around(100)))).Comparisons);

    [Fact]
    public void Lower_latency_is_better_and_is_stated_as_a_ratio_after_to_before()
    {
        Comparison result = Single(Of([.. Runs("untuned", Around(100)), .. Runs("tuned", Around(80)), .. Runs("untuned-again", Around(100))]));
        Assert.Equal(ComparisonVerdict.Better, result.Verdict);
        Assert.Equal(0.8, result.Ratio!.Value, 6);
        Assert.InRange(result.Ratio!.Value, result.Low!.Value, result.High!.Value);
        Assert.Equal(new RunCounts(10, 10), result.N);
        Assert.Contains("Wilcoxon", result.Method, StringComparison.Ordinal);
        Assert.Equal(1, result.ProbabilityBetter);
        Assert.Equal(1, result.NoiseFloor!.Low, 2);
        Assert.Empty(result.Notes);
        Assert.Equal(("untuned", "tuned", "hugepages"), (result.Before, result.After, result.Factor));
    }

    [Fact]
    public void Lower_throughput_is_worse() =>
        Assert.Equal(ComparisonVerdict.Worse,
            Single(Of([.. Runs("untuned", Around(100), "throughput"), .. Runs("tuned", Around(80), "throughput")])).Verdict);

    [Fact]
    public void Higher_throughput_is_better_and_higher_latency_is_worse()
    {
        Assert.Equal(ComparisonVerdict.Better,
            Single(Of([.. Runs("untuned", Around(100), "throughput"), .. Runs("tuned", Around(120), "throughput")])).Verdict);
        Assert.Equal(ComparisonVerdict.Worse, Single(Of([.. Runs("untuned", Around(100)), .. Runs("tuned", Around(120))])).Verdict);
    }

    [Fact]
    public void An_interval_within_the_threshold_is_no_practical_difference() =>
        Assert.Equal(ComparisonVerdict.NoDifference, Single(Of([.. Runs("untuned", Around(100)), .. Runs("tuned", Around(101))])).Verdict);

    [Fact]
    public void An_interval_across_the_threshold_is_inconclusive() =>
        Assert.Equal(ComparisonVerdict.Inconclusive,
            Single(Of([.. Runs("untuned", Around(100)), .. Runs("tuned", Around(103, spread: 0.2).Reverse())])).Verdict);

    [Fact]
    public void Five_paired_blocks_are_too_few_and_six_are_enough()
    {
        Comparison five = Single(Of([.. Runs("untuned", Around(100, 5)), .. Runs("tuned", Around(50, 5))]));
        Assert.Equal(ComparisonVerdict.TooFewRuns, five.Verdict);
        Assert.Null(five.Ratio);
        Assert.Null(five.Low);
        Assert.Null(five.MinimumDetectable);
        Assert.Equal(100, five.BeforeMedian!.Value, 0);
        Assert.Equal(ComparisonVerdict.Better, Single(Of([.. Runs("untuned", Around(100, 6)), .. Runs("tuned", Around(50, 6))])).Verdict);
    }

    [Fact]
    public void Runs_in_different_blocks_are_compared_unpaired_from_five_a_side()
    {
        Comparison five = Single(Of([.. Runs("untuned", Around(100, 5)), .. Runs("tuned", Around(50, 5), firstBlock: 5)]));
        Assert.Contains("Mann–Whitney", five.Method, StringComparison.Ordinal);
        Assert.Equal(ComparisonVerdict.Better, five.Verdict);
        Assert.Equal(ComparisonVerdict.TooFewRuns,
            Single(Of([.. Runs("untuned", Around(100, 5)), .. Runs("tuned", Around(50, 4), firstBlock: 5)])).Verdict);
    }

    [Fact]
    public void A_difference_inside_the_noise_of_two_equal_variants_is_inconclusive_and_says_so()
    {
        Comparison result = Single(Of([.. Runs("untuned", Around(100)), .. Runs("tuned", Around(90)), .. Runs("untuned-again", Around(90))]));
        Assert.Equal(ComparisonVerdict.Inconclusive, result.Verdict);
        Assert.Contains(result.Notes, note => note.Contains("noise floor", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_an_AA_pair_the_noise_floor_is_unknown_and_the_notes_say_so()
    {
        Comparison result = Single(Of([.. Runs("untuned", Around(100)), .. Runs("tuned", Around(90))]));
        Assert.Null(result.NoiseFloor);
        Assert.Contains(result.Notes, note => note.Contains("A/A", StringComparison.Ordinal));
    }

    [Fact]
    public void Rejected_runs_are_left_out_and_counted()
    {
        WorkloadRun[] tuned = [.. Runs("tuned", Around(80))];
        tuned[3] = tuned[3] with { Rejected = "clock changed", Value = 1e9 };
        tuned[4] = tuned[4] with { Value = null };
        Comparison result = Single(Of([.. Runs("untuned", Around(100)), .. tuned]));
        Assert.Equal(new RunCounts(0, 2), result.Rejected);
        Assert.Equal(new RunCounts(8, 8), result.N);
        Assert.InRange(result.High!.Value, 0.79, 0.81);
        Assert.Contains(result.Notes, note => note.StartsWith("2 block(s)", StringComparison.Ordinal));
    }

    [Fact]
    public void Repeats_inside_a_block_do_not_pass_for_blocks()
    {
        IEnumerable<WorkloadRun> Repeat(string variant, double value) => Enumerable.Range(0, 4).SelectMany(_ => Runs(variant, Around(value, 3)));
        Comparison result = Single(Of([.. Repeat("untuned", 100), .. Repeat("tuned", 50)]));
        Assert.Equal(new RunCounts(3, 3), result.N);
        Assert.Equal(ComparisonVerdict.TooFewRuns, result.Verdict);
    }

    [Fact]
    public void The_parameter_that_the_factor_turns_is_found_and_others_keep_groups_apart()
    {
        static Dictionary<string, string> P(string size, string backing) => new() { ["size"] = size, ["backing"] = backing };
        ComparisonDocument document = Comparer.CompareVariants(Of([
            .. Runs("untuned", Around(100), parameters: P("4k", "thp")), .. Runs("tuned", Around(80), parameters: P("4k", "hugetlb")),
            .. Runs("untuned", Around(200), parameters: P("1M", "thp")), .. Runs("tuned", Around(240), parameters: P("1M", "hugetlb"))]));
        Assert.Equal(2, document.Comparisons.Count);
        Assert.Equal(["4k", "1M"], document.Comparisons.Select(one => one.Parameters["size"]));
        Assert.All(document.Comparisons, one => Assert.Equal([new ChangedParameter("backing", "thp", "hugetlb")], one.Changed));
        Assert.Equal([ComparisonVerdict.Better, ComparisonVerdict.Worse], document.Comparisons.Select(one => one.Verdict));
    }

    [Fact]
    public void Zero_values_have_no_ratio()
    {
        Comparison result = Single(Of([.. Runs("untuned", Around(100), "throughput"), .. Runs("tuned", new double[10], "throughput")]));
        Assert.Null(result.Ratio);
        Assert.Equal(ComparisonVerdict.Inconclusive, result.Verdict);
        Assert.Contains(result.Notes, note => note.Contains("zero", StringComparison.Ordinal));
    }

    [Fact]
    public void A_metric_of_unknown_direction_is_never_called_better() =>
        Assert.Equal(ComparisonVerdict.Inconclusive, Single(Of([.. Runs("untuned", Around(100), "jitter"), .. Runs("tuned", Around(50), "jitter")])).Verdict);

    [Fact]
    public void The_witness_of_the_knob_is_named_before_any_other_counter()
    {
        Comparison moved = Single(Of([.. Runs("untuned", Around(100), pages: 0), .. Runs("tuned", Around(80), pages: 4096)]));
        Assert.Equal(new Witness("hugePageBytes", 0, 4096, true), moved.Witness);
        Comparison still = Single(Of([.. Runs("untuned", Around(100), pages: 0), .. Runs("tuned", Around(80), pages: 0)]));
        Assert.Equal(new Witness("hugePageBytes", 0, 0, false), still.Witness);
        Assert.Null(Single(Of([.. Runs("untuned", Around(100)), .. Runs("tuned", Around(80))])).Witness);
    }

    [Fact]
    public void Declared_primaries_are_corrected_together_and_the_rest_is_exploratory()
    {
        // Six blocks give p = 0.031 at best; with two primaries Holm asks for 0.025.
        ResultsDocument document = Of([
            .. Runs("untuned", Around(100, 6), name: "a"), .. Runs("tuned", Around(50, 6), name: "a"),
            .. Runs("untuned", Around(100, 6), name: "b"), .. Runs("tuned", Around(50, 6), name: "b"),
            .. Runs("untuned", Around(100, 6), name: "c"), .. Runs("tuned", Around(50, 6), name: "c")]);
        IReadOnlyList<Comparison> result = Comparer.CompareVariants(document, new CompareOptions { Primaries = ["a", "b"] }).Comparisons;
        Assert.Equal([ComparisonVerdict.Inconclusive, ComparisonVerdict.Inconclusive, ComparisonVerdict.Better], result.Select(one => one.Verdict));
        Assert.Equal([false, false, true], result.Select(one => one.Exploratory));
        Assert.Equal(0.0625, result[0].AdjustedPValue!.Value, 12);
    }

    [Fact]
    public void Tails_are_compared_when_asked_for()
    {
        ResultsDocument document = Of([.. Runs("untuned", Around(100)), .. Runs("tuned", Around(80))]);
        IReadOnlyList<Comparison> result = Comparer.CompareVariants(document, new CompareOptions { IncludeTails = true }).Comparisons;
        Assert.Equal(["value", "p99"], result.Select(one => one.Statistic));
        Assert.Equal(200, result[1].BeforeMedian!.Value, 0);
    }

    [Fact]
    public void An_emulated_machine_makes_the_whole_functional_only()
    {
        ResultsDocument document = Of(Runs("untuned", Around(100))) with { Machine = Machine with { Emulated = true, EmulatedReason = "The accelerator is tcg." } };
        Assert.Equal("The accelerator is tcg.", Comparer.CompareVariants(document).FunctionalOnly);
        Assert.Null(Comparer.CompareVariants(Of()).FunctionalOnly);
    }

    private static Comparison Single(ResultsDocument document) => Assert.Single(Comparer.CompareVariants(document).Comparisons);
}
