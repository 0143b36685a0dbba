using Passthrough.Benchmarks.Simulating;
using Passthrough.Results;
using Xunit;

namespace Passthrough.Tests.Results.Statistics;

/// <summary>Studies with a known answer, compared as real ones are. The bounds leave three standard errors of the number of trials.</summary>
public sealed class SimulationTests
{
    private const int Trials = 600;

    [Theory]
    [InlineData(NoiseKind.Lognormal)]
    [InlineData(NoiseKind.HeavyTailed)]
    [InlineData(NoiseKind.Drifting)]
    public void Without_an_effect_few_studies_find_one_and_intervals_cover(NoiseKind kind)
    {
        Outcome paired = Simulations.Paired(kind, 0.02, 1, 10, Trials, 1);
        Outcome unpaired = Simulations.Unpaired(kind, 0.02, 1, 10, Trials, 2);

        Assert.InRange(paired.Decided, 0, 0.05);
        Assert.InRange(unpaired.Decided, 0, 0.05);
        Assert.InRange(paired.Covered, 0.95 - 0.042, 1);
        Assert.InRange(unpaired.Covered, 0.95 - 0.042, 1);
    }

    [Fact]
    public void Without_a_threshold_still_few_studies_find_an_effect_of_nothing()
    {
        var strict = new CompareOptions { Threshold = 0 };

        Assert.InRange(Simulations.Paired(NoiseKind.Lognormal, 0.05, 1, 10, Trials, 3, strict).Decided, 0, 0.05);
        Assert.InRange(Simulations.Paired(NoiseKind.Lognormal, 0.05, 1, 6, Trials, 4, strict).Decided, 0, 0.05);
    }

    [Theory]
    [InlineData(NoiseKind.Lognormal, 0.99)]
    [InlineData(NoiseKind.HeavyTailed, 0.85)]
    [InlineData(NoiseKind.Drifting, 0.95)]
    public void An_effect_of_ten_percent_at_two_percent_spread_is_found_with_ten_blocks(NoiseKind kind, double least)
    {
        Outcome found = Simulations.Paired(kind, 0.02, 1.1, 10, Trials, 5);

        Assert.InRange(found.Better, least, 1);
        Assert.Equal(0, found.Worse);
    }

    [Fact]
    public void The_bootstrap_covers_less_than_it_says_with_few_blocks_and_approaches_it_with_many()
    {
        double few = Simulations.BootstrapCoverage(6, true, 200, 0.02, 400, 6, 1000);
        double many = Simulations.BootstrapCoverage(30, true, 200, 0.02, 400, 7, 1000);

        Assert.InRange(few, 0.80, 0.94);
        Assert.InRange(many, 0.91, 0.98);
    }

    [Theory]
    [InlineData(0.005)]
    [InlineData(0.02)]
    [InlineData(0.2)]
    public void Steady_runs_are_seldom_marked(double spread) => Assert.InRange(Simulations.UnsteadyRate(spread, 4000, 8), 0, 0.05);

    [Fact]
    public void The_same_seed_gives_the_same_counts() =>
        Assert.Equal(Simulations.Paired(NoiseKind.HeavyTailed, 0.02, 1.02, 8, 50, 9), Simulations.Paired(NoiseKind.HeavyTailed, 0.02, 1.02, 8, 50, 9));
}
