using Passthrough.Results.Statistics;
using Xunit;

namespace Passthrough.Tests.Results.Statistics;

public sealed class SampleSizeTests
{
    [Theory]
    [InlineData(0.99, 368)]
    [InlineData(0.999, 3688)]
    [InlineData(0.9999, 36887)]
    [InlineData(1, long.MaxValue)]
    public void A_percentile_needs_enough_samples(double p, long samples) => Assert.Equal(samples, SampleSizes.ForPercentile(p));

    [Fact]
    public void A_shift_of_one_deviation_is_detectable_with_seventeen_runs_a_side()
    {
        double[] logs = [.. Enumerable.Range(0, 17).Select(i => (double)i)];
        double deviation = Quantiles.StandardDeviation(logs);
        double[] scaled = [.. logs.Select(log => log * 0.1 / deviation)];
        double shift = Math.Log(1 + SampleSizes.DetectableUnpaired(scaled, scaled)!.Value);
        Assert.InRange(shift / 0.1, 0.97, 1.0);
    }

    [Fact]
    public void Pairing_independent_runs_detects_what_not_pairing_does()
    {
        // The difference of independent runs has √2 times the deviation of one, and half as many are needed.
        double[] runs = [1, 2, 3, 4, 5, 6, 7, 8];
        double[] differences = [.. runs.Select(run => run * Math.Sqrt(2))];
        Assert.Equal(SampleSizes.DetectableUnpaired(runs, runs)!.Value, SampleSizes.DetectablePaired(differences)!.Value, 6);
    }

    [Fact]
    public void Nothing_is_said_to_be_detectable_with_too_few_runs_or_no_spread()
    {
        Assert.Null(SampleSizes.DetectableUnpaired([1, 2, 3, 4], [1, 2, 3, 4]));
        Assert.Null(SampleSizes.DetectablePaired([1, 2, 3, 4, 5]));
        Assert.Null(SampleSizes.DetectablePaired([1, 1, 1, 1, 1, 1]));
    }

    [Fact]
    public void Holm_multiplies_the_smallest_most_and_never_falls()
    {
        // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
        Assert.Equal([0.03, 0.06, 0.06, 0.02], Holm.Adjust([0.01, 0.04, 0.03, 0.005]).Select(p => Math.Round(p, 12)));
        Assert.Equal([1.0, 1.0], Holm.Adjust([0.9, 0.8]));
        Assert.Empty(Holm.Adjust([]));
    }
}
