using CsCheck;
using Passthrough.Results;
using Passthrough.Results.Statistics;
using Xunit;
using static Passthrough.Tests.Results.Documents;

namespace Passthrough.Tests.Results.Statistics;

public sealed class BootstrapTests
{
    private static readonly Gen<double[]> _sample = Gen.Double[-1, 1].Array[2, 20];
    private static readonly Gen<double[]> _grid = Gen.Int[-1000, 1000].Select(value => value / 1000.0).Array[2, 20];

    [Fact]
    public void Too_few_observations_have_no_interval()
    {
        Assert.Null(Bootstrap.Paired([1.0], 0.95, 1));
        Assert.Null(Bootstrap.Unpaired([1.0, 2], [1.0], 0.95, 1));
    }

    [Fact]
    public void The_interval_holds_the_estimate_and_lies_within_the_observations() => _sample.Sample(sample =>
    {
        BootstrapInterval drawn = Bootstrap.Paired(sample, 0.95, 1, 400)!;
        return drawn.Low <= drawn.High && drawn.Low >= sample.Min() - 1e-12 && drawn.High <= sample.Max() + 1e-12
            && Math.Abs(drawn.Estimate - sample.Average()) < 1e-9;
    });

    // On a grid, means are equal or far apart: a resample that differs from the estimate by less than what a shift rounds away is a tie
    // on one side only, and moves the bias by a step.
    [Fact]
    public void A_shift_moves_the_interval_by_as_much() => Gen.Select(_grid, Gen.Double[-5, 5]).Sample((sample, shift) =>
    {
        BootstrapInterval here = Bootstrap.Paired(sample, 0.95, 7, 400)!;
        BootstrapInterval there = Bootstrap.Paired([.. sample.Select(value => value + shift)], 0.95, 7, 400)!;
        return Math.Abs(there.Low - here.Low - shift) < 1e-6 && Math.Abs(there.High - here.High - shift) < 1e-6;
    }, iter: 50);

    [Fact]
    public void Exchanging_the_sides_turns_the_interval_around() => Gen.Select(_sample, _sample).Sample((x, y) =>
    {
        BootstrapInterval there = Bootstrap.Unpaired(x, y, 0.95, 3, 2000)!;
        BootstrapInterval back = Bootstrap.Unpaired(y, x, 0.95, 3, 2000)!;
        double width = there.High - there.Low;
        return Math.Abs(there.Estimate + back.Estimate) < 1e-9 && Math.Abs(there.Low + back.High) <= (0.3 * width) + 1e-9;
    }, iter: 20);

    [Fact]
    public void More_confidence_is_wider_and_the_seed_is_what_decides()
    {
        double[] sample = [.. Enumerable.Range(0, 12).Select(i => Math.Sin(i * 1.7))];
        BootstrapInterval narrow = Bootstrap.Paired(sample, 0.8, 5)!;
        BootstrapInterval wide = Bootstrap.Paired(sample, 0.99, 5)!;

        Assert.Equal(narrow, Bootstrap.Paired(sample, 0.8, 5));
        Assert.NotEqual(narrow.Low, Bootstrap.Paired(sample, 0.8, 6)!.Low);
        Assert.True(wide.Low < narrow.Low && wide.High > narrow.High);
        Assert.Equal((10_000, 5L), (narrow.Resamples, narrow.Seed));
    }

    [Fact]
    public void A_skewed_sample_reaches_further_on_its_long_side()
    {
        double[] sample = [.. Enumerable.Range(1, 20).Select(i => Math.Pow(i / 20.0, 6))];
        BootstrapInterval drawn = Bootstrap.Paired(sample, 0.95, 1)!;
        Assert.True(drawn.High - drawn.Estimate > drawn.Estimate - drawn.Low);
    }

    [Fact]
    public void The_inverse_of_the_normal_distribution_is_its_inverse()
    {
        Assert.Equal(1.959963984540054, Normal.Inverse(0.975), 12);
        Assert.Equal(0, Normal.Inverse(0.5), 12);
        Gen.Double[1e-9, 1 - 1e-9].Sample(p => Math.Abs(Normal.Cumulative(Normal.Inverse(p)) - p) < 1e-12);
        Assert.True(double.IsNaN(Normal.Inverse(-0.1)) && double.IsNegativeInfinity(Normal.Inverse(0)));
    }

    [Fact]
    public void The_tail_is_compared_with_both_intervals_and_the_value_without_a_bootstrap()
    {
        ComparisonDocument document = Comparer.CompareVariants(Of([.. Runs("untuned", Around(100)), .. Runs("tuned", Around(80))]),
            new CompareOptions { IncludeTails = true, Seed = 11 });

        Comparison value = document.Comparisons.Single(one => one.Statistic == "value");
        Comparison tail = document.Comparisons.Single(one => one.Statistic == "p99");
        Assert.Null(value.Bootstrap);
        Assert.Equal((10_000, 11L), (tail.Bootstrap!.Resamples, tail.Bootstrap.Seed));
        Assert.InRange(tail.Bootstrap.Ratio, 0.79, 0.81);
        Assert.Equal(ComparisonVerdict.Better, tail.Verdict);
    }

    [Fact]
    public void The_generator_is_the_published_one_and_uniform()
    {
        // The first outputs of SplitMix64 for seed 0, as its reference implementation prints them.
        var random = new SeededRandom(0);
        Assert.Equal(0xe220a8397b1dcdafUL, random.NextBits());
        Assert.Equal(0x6e789e6aa1b965f4UL, random.NextBits());
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++)
        {
            counts[random.Next(7)]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400));
    }
}
