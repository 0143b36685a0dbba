using Passthrough.Reports.Html;
using Xunit;

namespace Passthrough.Tests.Reports.Html;

public sealed class NumbersTests
{
    [Theory]
    [InlineData(null, "nanoseconds", "–")]
    [InlineData(double.NaN, "nanoseconds", "–")]
    [InlineData(0.0, "nanoseconds", "0 ns")]
    [InlineData(999.0, "nanoseconds", "999 ns")]
    [InlineData(43_712.0, "nanoseconds", "43.7 µs")]
    [InlineData(2.5e9, "nanoseconds", "2.5 s")]
    [InlineData(12.5e9, "bytesPerSecond", "12.5 GB/s")]
    [InlineData(33_600.0, "perSecond", "33.6 k/s")]
    [InlineData(3.0, "furlongs", "3 furlongs")]
    public void Values_have_three_digits_and_a_unit_that_fits(double? value, string unit, string expected) =>
        Assert.Equal(expected, Numbers.Value(value, unit).Replace('\u00a0', ' '));

    [Theory]
    [InlineData(null, "–")]
    [InlineData(1.0, "0 %")]
    [InlineData(1.12, "+12 %")]
    [InlineData(0.8, "−20 %")]
    [InlineData(0.99999999, "0 %")]
    [InlineData(8.8, "+780 %")]
    public void A_ratio_is_a_change_with_its_sign(double? ratio, string expected) =>
        Assert.Equal(expected, Numbers.Change(ratio).Replace('\u00a0', ' '));

    [Theory]
    [InlineData(null, "unknown")]
    [InlineData(0L, "0 B")]
    [InlineData(536870912L, "512 MiB")]
    [InlineData(17179869184L, "16 GiB")]
    public void Bytes_are_in_binary_units_and_unknown_is_not_zero(long? bytes, string expected) =>
        Assert.Equal(expected, Numbers.Bytes(bytes).Replace('\u00a0', ' '));
}
