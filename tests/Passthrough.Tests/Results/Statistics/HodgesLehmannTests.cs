using CsCheck;
using Passthrough.Results.Statistics;
using Xunit;

namespace Passthrough.Tests.Results.Statistics;

public sealed class HodgesLehmannTests
{
    [Fact]
    public void Nothing_has_no_shift()
    {
        Assert.Null(HodgesLehmann.Paired([]));
        Assert.Null(HodgesLehmann.Unpaired([], [1]));
        Assert.Null(HodgesLehmann.Unpaired([1], []));
        Assert.True(double.IsNaN(HodgesLehmann.ProbabilityGreater([], [1])));
    }

    [Fact]
    public void The_paired_estimate_and_interval_equal_a_published_example()
    {
        // Hollander and Wolfe, table 3.1 (depression factor, y − x): estimate −0.46, exact two-sided p 0.0390625,
        // 96.1 % interval (−0.786, −0.010).
        double[] x = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30];
        double[] y = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
        Shift shift = HodgesLehmann.Paired([.. y.Zip(x, (b, a) => b - a)])!;
        Assert.Equal(-0.46, shift.Estimate, 9);
        Assert.Equal(-0.786, shift.Low!.Value, 9);
        Assert.Equal(-0.010, shift.High!.Value, 9);
        Assert.Equal(0.0390625, shift.PValue, 12);
        Assert.True(shift.IsExact);
    }

    [Fact]
    public void The_unpaired_estimate_and_test_equal_a_published_example()
    {
        // Hollander and Wolfe, table 4.1 (permeability of human chorioamnion): W = 35 of the second sample, p 0.2544 two-sided,
        // estimate of the shift 0.305.
        double[] x = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
        double[] y = [1.15, 0.88, 0.90, 0.74, 1.21];
        Shift shift = HodgesLehmann.Unpaired(y, x)!;
        Assert.Equal(0.305, shift.Estimate, 9);
        Assert.Equal(0.2544, shift.PValue, 4);
        Assert.Equal(35.0 / 50, HodgesLehmann.ProbabilityGreater(y, x), 12);
    }

    [Fact]
    public void The_unpaired_interval_is_the_set_of_shifts_that_counting_all_orders_does_not_reject()
    {
        double[] x = [1.0, 2.5, 4.1, 3.3, 7.7];
        double[] y = [2.2, 9.1, 6.4, 5.8, 8.3];
        Shift shift = HodgesLehmann.Unpaired(x, y)!;
        foreach (double offset in new[] { 1e-6, 0.5 })
        {
            Assert.True(Probability(x, y, shift.Low!.Value + offset) > 0.05);
            Assert.True(Probability(x, y, shift.High!.Value - offset) > 0.05);
            Assert.True(Probability(x, y, shift.Low!.Value - offset) <= 0.05);
            Assert.True(Probability(x, y, shift.High!.Value + offset) <= 0.05);
        }
    }

    [Fact]
    public void Five_pairs_have_no_interval_and_six_have()
    {
        Assert.Null(HodgesLehmann.Paired([1, 2, 3, 4, 5])!.Low);
        Shift six = HodgesLehmann.Paired([1, 2, 3, 4, 5, 6])!;
        Assert.Equal(1, six.Low);
        Assert.Equal(6, six.High);
        Assert.Equal(0.03125, six.PValue, 12);
    }

    [Fact]
    public void Equal_values_have_a_shift_of_nothing_and_no_significance()
    {
        Shift shift = HodgesLehmann.Paired([0, 0, 0, 0, 0, 0, 0])!;
        Assert.Equal(0, shift.Estimate);
        Assert.Equal((0.0, 0.0), (shift.Low!.Value, shift.High!.Value));
        Assert.Equal(1, shift.PValue);
    }

    [Fact]
    public void A_change_of_unit_leaves_the_ratio_as_it_is() =>
        Gen.Select(Runs, Runs, Gen.Double[0.001, 1000]).Sample((before, after, unit) =>
        {
            Shift one = HodgesLehmann.Unpaired(Logs(before, 1), Logs(after, 1))!;
            Shift other = HodgesLehmann.Unpaired(Logs(before, unit), Logs(after, unit))!;
            Assert.Equal(one.Estimate, other.Estimate, 9);
            Assert.Equal(one.Low!.Value, other.Low!.Value, 9);
            Assert.Equal(one.High!.Value, other.High!.Value, 9);
        }, iter: 200);

    [Fact]
    public void Exchanging_the_sides_turns_the_ratio_around() =>
        Gen.Select(Runs, Runs).Sample((before, after) =>
        {
            Shift one = HodgesLehmann.Unpaired(Logs(before, 1), Logs(after, 1))!;
            Shift other = HodgesLehmann.Unpaired(Logs(after, 1), Logs(before, 1))!;
            Assert.Equal(one.Estimate, -other.Estimate, 9);
            Assert.Equal(one.Low!.Value, -other.High!.Value, 9);
            Assert.Equal(one.PValue, other.PValue, 12);
            Assert.InRange(one.Estimate, one.Low!.Value, one.High!.Value);
        }, iter: 200);

    [Theory]
    [InlineData(true, 10)]
    [InlineData(true, 51)]
    [InlineData(false, 8)]
    public void The_interval_covers_the_truth_as_often_as_it_says(bool paired, int n)
    {
        var random = new Random(20261123);
        const double Truth = 0.12;
        int covered = 0;
        for (int study = 0; study < 2000; study++)
        {
            double[] before = [.. Enumerable.Range(0, n).Select(_ => Skewed(random))];
            double[] after = [.. Enumerable.Range(0, n).Select(_ => Truth + Skewed(random))];
            Shift shift = paired
                ? HodgesLehmann.Paired([.. after.Zip(before, (b, a) => b - a)])!
                : HodgesLehmann.Unpaired(before, after)!;
            covered += shift.Low <= Truth && Truth <= shift.High ? 1 : 0;
        }

        // The exact level lies between 0.95 and 0.97; four standard errors of 2,000 draws are 0.02.
        Assert.InRange(covered, 1860, 1985);
    }

    private static Gen<double[]> Runs => Gen.Double[1, 100].Array[6, 12];

    private static double[] Logs(double[] values, double unit) => [.. values.Select(value => Math.Log(value * unit))];

    // Latencies are skewed: an exponential tail, not a bell.
    private static double Skewed(Random random) => -0.1 * Math.Log(1 - random.NextDouble());

    private static double Probability(double[] x, double[] y, double shift)
    {
        double[] all = [.. x, .. y.Select(value => value - shift)];
        int observed = Pairs(all, [.. Enumerable.Range(x.Length, y.Length)]);
        var counts = new List<int>();
        for (int chosen = 0; chosen < 1 << all.Length; chosen++)
        {
            if (int.PopCount(chosen) == y.Length)
            {
                counts.Add(Pairs(all, [.. Enumerable.Range(0, all.Length).Where(i => (chosen >> i & 1) == 1)]));
            }
        }

        double below = counts.Count(count => count <= observed) / (double)counts.Count;
        double above = counts.Count(count => count >= observed) / (double)counts.Count;
        return Math.Min(1, 2 * Math.Min(below, above));
    }

    private static int Pairs(double[] all, HashSet<int> second) =>
        second.Sum(i => Enumerable.Range(0, all.Length).Count(j => !second.Contains(j) && all[i] > all[j]));
}
