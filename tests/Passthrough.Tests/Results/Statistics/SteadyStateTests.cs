using CsCheck;
using Passthrough.Results.Statistics;
using Xunit;

namespace Passthrough.Tests.Results.Statistics;

public sealed class SteadyStateTests
{
    [Fact]
    public void Equal_slices_and_a_small_step_are_steady()
    {
        Assert.Null(SteadyState.Find([.. Enumerable.Repeat(5.0, 20)]));
        Assert.Null(SteadyState.Find([.. Enumerable.Range(0, 20).Select(i => i < 10 ? 100.0 : 102.9)]));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(10)]
    [InlineData(17)]
    public void A_step_is_found_where_it_is(int at)
    {
        LevelChange? change = SteadyState.Find([.. Enumerable.Range(0, 20).Select(i => (i < at ? 120.0 : 100) + (i * 7 % 5 * 0.1))]);

        Assert.Equal(at, change?.Slice);
        Assert.InRange(change!.Change, -0.18, -0.15);
    }

    [Fact]
    public void A_trend_is_found()
    {
        Assert.NotNull(SteadyState.Find([.. Enumerable.Range(0, 20).Select(i => 100 + (i * 1.0))]));
    }

    [Fact]
    public void Too_few_slices_say_nothing() => Assert.Null(SteadyState.Find([.. Enumerable.Range(0, 11).Select(i => (double)i + 1)]));

    [Fact]
    public void The_unit_does_not_matter() => Gen.Select(Gen.Double[1, 2].Array[20], Gen.Double[0.001, 1000]).Sample((slices, factor) =>
        SteadyState.Find(slices)?.Slice == SteadyState.Find([.. slices.Select(value => value * factor)])?.Slice);
}
