using CsCheck;
using Passthrough.Results;
using Passthrough.Results.Agreeing;
using Xunit;
using static Passthrough.Tests.Results.Documents;

namespace Passthrough.Tests.Results.Agreeing;

public sealed class AgreementTests
{
    private static readonly AgreementRule s_threePercent = new(AgreementStatistic.Value, 0.03);

    [Fact]
    public void An_interval_within_the_tolerance_agrees_when_the_reference_agrees_with_itself()
    {
        AgreementResult result = Judge(Around(100), Around(100), Around(101), s_threePercent);
        Assert.Equal(AgreementVerdict.Agrees, result.Verdict);
        Assert.True(result.IsSettled);
        Assert.Equal(1.01, result.Ratio!.Value, 3);
        Assert.Equal((10, 100.0, 101.0), (result.Blocks, Math.Round(result.ReferenceMedian!.Value, 1), Math.Round(result.OursMedian!.Value, 1)));
        Assert.InRange(result.ReferenceSpread!.Value, 0.0001, 0.002);
    }

    [Fact]
    public void An_interval_outside_the_tolerance_differs() =>
        Assert.Equal(AgreementVerdict.Differs, Judge(Around(100), Around(100), Around(110), s_threePercent).Verdict);

    [Fact]
    public void An_interval_across_the_tolerance_is_inconclusive_and_not_settled()
    {
        AgreementResult result = Judge(Around(100), Around(100), [.. Around(103, spread: 0.02).Reverse()], s_threePercent);
        Assert.Equal(AgreementVerdict.Inconclusive, result.Verdict);
        Assert.False(result.IsSettled);
    }

    [Fact]
    public void A_reference_that_differs_from_itself_decides_no_agreement()
    {
        AgreementResult result = Judge(Around(100, spread: 0.2), [.. Around(100, spread: 0.2).Reverse()], Around(100, spread: 0.2), s_threePercent);
        Assert.Equal(AgreementVerdict.NotDecidable, result.Verdict);
        Assert.True(Agreement.HalfWidth(result.Floor!) > 0.015);
    }

    [Fact]
    public void A_large_difference_is_told_though_the_reference_differs_from_itself() =>
        Assert.Equal(AgreementVerdict.Differs,
            Judge(Around(100, spread: 0.2), [.. Around(100, spread: 0.2).Reverse()], Around(200, spread: 0.2), s_threePercent).Verdict);

    [Fact]
    public void A_difference_that_the_reference_shows_against_itself_is_none() =>
        Assert.Equal(AgreementVerdict.NotDecidable,
            Agreement.VerdictOf(new Band(1.04, 1.2), new Band(0.95, 1.1), 0.03, null));

    [Fact]
    public void Five_blocks_are_too_few() =>
        Assert.Equal(AgreementVerdict.TooFewBlocks, Judge(Around(100, 5), Around(100, 5), Around(100, 5), s_threePercent).Verdict);

    [Fact]
    public void No_runs_at_all_are_too_few_and_leave_every_figure_unknown()
    {
        AgreementResult result = Judge([], [], [], s_threePercent);
        Assert.Equal(AgreementVerdict.TooFewBlocks, result.Verdict);
        Assert.Null(result.ReferenceMedian);
        Assert.Null(result.Ratio);
        Assert.Null(result.Floor);
        Assert.Null(result.OursSpread);
    }

    [Fact]
    public void At_least_asks_for_the_whole_interval()
    {
        AgreementRule rule = new(AgreementStatistic.Value, 0, AtLeast: 1.5);
        Assert.Equal(AgreementVerdict.AtLeast, Judge(Around(100), Around(100), Around(180), rule).Verdict);
        Assert.Equal(AgreementVerdict.Below, Judge(Around(100), Around(100), Around(120), rule).Verdict);
        Assert.Equal(AgreementVerdict.Inconclusive, Judge(Around(100), Around(100), [.. Around(150, spread: 0.1).Reverse()], rule).Verdict);
    }

    [Fact]
    public void The_larger_of_an_absolute_and_a_relative_tolerance_counts()
    {
        AgreementRule rule = new(AgreementStatistic.P50, 0.10, Absolute: 1000);
        Assert.Equal(0.25, rule.ToleranceAt(4000));
        Assert.Equal(0.10, rule.ToleranceAt(40000));
        Assert.Null(rule.ToleranceAt(null));
        Assert.Equal(AgreementVerdict.Agrees, Judge(Around(4000), Around(4000), Around(4800), rule).Verdict);
    }

    [Fact]
    public void Percentiles_are_compared_where_the_rule_says_so()
    {
        // The helper's p99 is twice the value.
        AgreementResult result = Judge(Around(100), Around(100), Around(101), new AgreementRule(AgreementStatistic.P99, 0.10));
        Assert.Equal(202, result.OursMedian!.Value, 0);
        Assert.Equal(AgreementVerdict.Agrees, result.Verdict);
    }

    [Fact]
    public void Rejected_runs_and_values_that_form_no_ratio_leave_their_block_out()
    {
        WorkloadRun[] runs = [.. Three(Around(100, 12), Around(100, 12), Around(101, 12))];
        WorkloadRun[] changed = [.. runs.Select(run => (run.Variant, run.Block) switch
        {
            (Agreement.Ours, 0) => run with { Rejected = "a rule" },
            (Agreement.Ours, 1) => run with { Value = null },
            (Agreement.Reference, 2) => run with { Value = 0 },
            (Agreement.Reference, 3) => run with { Value = double.NaN },
            _ => run,
        })];
        Assert.Equal(8, Agreement.Judge(changed, s_threePercent, 0.95).Blocks);
    }

    [Fact]
    public void Looks_are_at_most_four_and_end_with_the_last_block()
    {
        Assert.Equal([12, 30, 60, 120], Agreement.Looks(120));
        Assert.Equal([10, 20, 40], Agreement.Looks(40));
        Assert.Equal([8], Agreement.Looks(8));
        Assert.Equal([1], Agreement.Looks(1));
        Assert.Equal(0.9875, Agreement.ConfidenceOfLook(4), 6);
    }

    [Fact]
    public void Every_first_look_of_several_has_an_interval() => Gen.Int[1, 500].Sample(most =>
    {
        IReadOnlyList<int> looks = Agreement.Looks(most);
        Assert.Equal(most, looks[^1]);
        Assert.Equal(looks.Order().Distinct(), looks);
        if (looks.Count > 1)
        {
            double[] values = Around(100, looks[0]);
            Assert.NotNull(Agreement.Judge([.. Three(values, values, Around(101, looks[0]))], s_threePercent, Agreement.ConfidenceOfLook(looks.Count)).Interval);
        }
    });

    [Fact]
    public void A_ratio_at_the_very_tolerance_is_rarely_decided_at_any_look()
    {
        int said = 0;
        const int Studies = 150;
        var random = new Random(7);
        for (int study = 0; study < Studies; study++)
        {
            // The true ratio is the tolerance itself: each word is a mistake of the kind that repeated looks must not add up.
            double[] Noise(double centre) => [.. Enumerable.Range(0, 120).Select(_ => centre * Math.Exp(0.03 * Gauss(random)))];
            WorkloadRun[] runs = [.. Three(Noise(100), Noise(100), Noise(103))];
            IReadOnlyList<int> looks = Agreement.Looks(120);
            if (looks.Any(look => Agreement.Judge([.. runs.Where(run => run.Block < look)], s_threePercent, Agreement.ConfidenceOfLook(looks.Count)).IsSettled))
            {
                said++;
            }
        }

        // Five percent are allowed; 150 studies of that show more than 17 with a probability of about 0.1 %.
        Assert.InRange(said, 0, 17);
    }

    [Fact]
    public void Compare_takes_the_reference_as_the_baseline_whatever_ran_first()
    {
        Comparison comparison = Assert.Single(Comparer.CompareVariants(Of(
            [.. Runs(Agreement.Ours, Around(90)), .. Runs(Agreement.ReferenceAgain, Around(100)), .. Runs(Agreement.Reference, Around(100))])).Comparisons);
        Assert.Equal((Agreement.Reference, Agreement.Ours), (comparison.Before, comparison.After));
        Assert.NotNull(comparison.NoiseFloor);
    }

    private static AgreementResult Judge(double[] reference, double[] again, double[] ours, AgreementRule rule) =>
        Agreement.Judge([.. Three(reference, again, ours)], rule, 0.95);

    private static IEnumerable<WorkloadRun> Three(double[] reference, double[] again, double[] ours) =>
        [.. Runs(Agreement.Reference, reference), .. Runs(Agreement.ReferenceAgain, again), .. Runs(Agreement.Ours, ours)];

    private static double Gauss(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
