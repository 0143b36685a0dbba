using Passthrough.Results;
using Xunit;
using static Passthrough.Tests.Results.Documents;

namespace Passthrough.Tests.Results;

public sealed class CompareFilesTests
{
    [Fact]
    public void Two_empty_files_give_nothing_and_no_notes()
    {
        ComparisonDocument result = Comparer.Compare(Of(), Of());
        Assert.Empty(result.Comparisons);
        Assert.Empty(result.Notes);
    }

    [Fact]
    public void Files_are_compared_unpaired_because_their_blocks_are_not_the_same_blocks()
    {
        ComparisonDocument document = Comparer.Compare(Of(Runs("only", Around(100), factor: null)), Of(Runs("only", Around(80), factor: null)));
        Comparison result = Assert.Single(document.Comparisons);
        Assert.Contains("unpaired", result.Method, StringComparison.Ordinal);
        Assert.Equal(ComparisonVerdict.Better, result.Verdict);
        Assert.Contains("interleaved", document.Notes[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_compared_with_itself_shows_no_difference()
    {
        ResultsDocument file = Of(Runs("only", Around(100)));
        Assert.Equal(ComparisonVerdict.NoDifference, Assert.Single(Comparer.Compare(file, file).Comparisons).Verdict);
        Assert.Equal(1, Comparer.Compare(file, file).Comparisons[0].Ratio!.Value, 12);
    }

    [Fact]
    public void Equal_variants_of_both_files_are_compared_and_the_AA_pair_gives_the_noise_floor()
    {
        ResultsDocument Study(double factor) => Of([
            .. Runs("untuned", Around(100 * factor)), .. Runs("tuned", Around(80 * factor)), .. Runs("untuned-again", Around(101 * factor))]);
        IReadOnlyList<Comparison> result = Comparer.Compare(Study(1), Study(2)).Comparisons;
        Assert.Equal(["untuned", "tuned"], result.Select(one => one.Before));
        Assert.All(result, one => Assert.Equal(1.01, one.NoiseFloor!.High, 2));
        Assert.All(result, one => Assert.Equal(ComparisonVerdict.Worse, one.Verdict));
    }

    [Fact]
    public void One_series_on_each_side_is_compared_though_variant_and_knob_differ()
    {
        Comparison result = Assert.Single(Comparer.Compare(
            Of(Runs("before", Around(100), parameters: new Dictionary<string, string> { ["pages"] = "4k" })),
            Of(Runs("after", Around(90), parameters: new Dictionary<string, string> { ["pages"] = "2M" }))).Comparisons);
        Assert.Equal(("before", "after"), (result.Before, result.After));
        Assert.Equal([new ChangedParameter("pages", "4k", "2M")], result.Changed);
    }

    [Fact]
    public void What_has_no_counterpart_is_named()
    {
        ComparisonDocument result = Comparer.Compare(Of(Runs("only", Around(100), name: "a")), Of(Runs("only", Around(100), name: "b")));
        Assert.Empty(result.Comparisons);
        Assert.Contains(result.Notes, note => note.StartsWith("a (size=64M)", StringComparison.Ordinal) && note.Contains("before file", StringComparison.Ordinal));
        Assert.Contains(result.Notes, note => note.StartsWith("b ", StringComparison.Ordinal) && note.Contains("after file", StringComparison.Ordinal));
    }

    [Fact]
    public void A_difference_of_the_machines_is_told()
    {
        ResultsDocument before = Of(Runs("only", Around(100)));
        ResultsDocument after = before with { Machine = Machine with { Kernel = "6.13.0", Clocksource = "hpet" } };
        IReadOnlyList<string> notes = Comparer.Compare(before, after).Notes;
        Assert.Contains("The machines differ in kernel: 6.12.0 before, 6.13.0 after.", notes);
        Assert.Contains("The machines differ in clock source: unknown before, hpet after.", notes);
        Assert.Equal(3, notes.Count);
    }

    [Fact]
    public void Boots_count_and_runs_within_a_boot_do_not()
    {
        WorkloadRun[] runs = [.. Enumerable.Range(0, 5).SelectMany(_ => Runs("only", Around(100, 2)))];
        ResultsDocument file = Of(runs) with { Design = new StudyDesign(1, 2, [], "boot") };
        Comparison result = Assert.Single(Comparer.Compare(file, file).Comparisons);
        Assert.Equal(new RunCounts(2, 2), result.N);
        Assert.Equal(ComparisonVerdict.TooFewRuns, result.Verdict);
    }
}
