using CsCheck;
using Passthrough.Reports.Charts;
using Xunit;

namespace Passthrough.Tests.Reports.Charts;

public sealed class AxisTests
{
    [Fact]
    public void Nothing_has_an_axis_from_zero_to_one()
    {
        var axis = Axis.Linear([]);
        Assert.Equal((0.0, 1.0), (axis.Low, axis.High));
        Assert.Equal(["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"], axis.Ticks.Select(tick => tick.Text));
    }

    [Fact]
    public void Equal_values_have_room_on_both_sides()
    {
        var axis = Axis.Linear([5, 5]);
        Assert.True(axis.Low < 5 && axis.High > 5);
    }

    [Theory]
    [InlineData(100_000, 1e-11)]
    [InlineData(-999_999.9, 1e-10)]
    [InlineData(1e6, 2e-3)]
    public void Values_that_differ_in_their_last_digits_still_have_an_axis(double value, double difference)
    {
        var axis = Axis.Linear([value, value + difference]);
        Assert.InRange(axis.Ticks.Count, 2, 20);
        Assert.Equal(axis.Ticks.Count, axis.Ticks.Select(tick => tick.Position).Distinct().Count());
        Assert.All(axis.Ticks, tick => Assert.InRange(tick.Position, axis.Low, axis.High));
    }

    [Fact]
    public void Ticks_lie_inside_the_axis_and_there_are_enough_to_read_it() =>
        Gen.Double[-1e6, 1e6].Array[1, 20].Sample(values =>
        {
            var axis = Axis.Linear(values);
            Assert.InRange(axis.Ticks.Count, 2, 20);
            Assert.All(axis.Ticks, tick => Assert.InRange(tick.Position, axis.Low, axis.High));
            Assert.All(values, value => Assert.InRange(value, axis.Low, axis.High));
        }, iter: 500);

    [Theory]
    [InlineData(1, 1e9)]
    [InlineData(3, 40)]
    [InlineData(100, 130)]
    [InlineData(99.9, 100.1)]
    public void A_logarithmic_axis_is_labelled_however_short_it_is(double low, double high)
    {
        var axis = Axis.Logarithmic([Math.Log10(low), Math.Log10(high)], value => value.ToString("G4", System.Globalization.CultureInfo.InvariantCulture));
        Assert.InRange(axis.Ticks.Count, 3, 20);
        Assert.All(axis.Ticks, tick => Assert.InRange(tick.Position, axis.Low, axis.High));
        Assert.Equal(axis.Ticks.Count, axis.Ticks.Select(tick => tick.Text).Distinct().Count());
    }
}
