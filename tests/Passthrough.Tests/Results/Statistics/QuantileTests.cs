using Passthrough.Results.Statistics;
using Xunit;

namespace Passthrough.Tests.Results.Statistics;

public sealed class QuantileTests
{
    [Fact]
    public void The_quantile_of_nothing_is_no_number()
    {
        Assert.True(double.IsNaN(Quantiles.Median([])));
        Assert.True(double.IsNaN(Quantiles.StandardDeviation([1])));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.25, 2.75)]
    [InlineData(0.5, 4.5)]
    [InlineData(0.9, 9.3)]
    [InlineData(1, 10)]
    [InlineData(-3, 1)]
    [InlineData(3, 10)]
    public void Quantiles_interpolate_as_type_seven(double p, double expected)
    {
        // R: quantile(c(10, 1, 2, 3, 4, 5, 6, 9), p, type = 7)
        Assert.Equal(expected, Quantiles.Quantile([10, 1, 2, 3, 4, 5, 6, 9], p), 9);
    }

    [Fact]
    public void The_standard_deviation_divides_by_one_less() => Assert.Equal(Math.Sqrt(2.5), Quantiles.StandardDeviation([1, 2, 3, 4, 5]), 12);
}
