using Passthrough.Results.Statistics;
using Xunit;

namespace Passthrough.Tests.Results.Statistics;

public sealed class RankDistributionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(9)]
    public void Signed_rank_probabilities_equal_counting_all_signs(int n)
    {
        var counts = new long[(n * (n + 1) / 2) + 1];
        for (int signs = 0; signs < 1 << n; signs++)
        {
            counts[Enumerable.Range(0, n).Where(i => (signs >> i & 1) == 1).Sum(i => i + 1)]++;
        }

        var distribution = RankDistribution.SignedRank(n);
        long sum = 0;
        for (int w = 0; w < counts.Length; w++)
        {
            sum += counts[w];
            Assert.Equal((double)sum / (1 << n), distribution.AtMost(w), 12);
        }

        Assert.Equal(0, distribution.AtMost(-1));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 4)]
    [InlineData(5, 5)]
    [InlineData(6, 4)]
    public void Mann_Whitney_probabilities_equal_counting_all_orders(int n, int m)
    {
        var counts = new long[(n * m) + 1];
        long total = 0;
        for (int chosen = 0; chosen < 1 << (n + m); chosen++)
        {
            if (int.PopCount(chosen) == n)
            {
                // Bits that are set are the first sample's ranks: U counts the pairs in which it is the greater.
                int u = Enumerable.Range(0, n + m).Where(i => (chosen >> i & 1) == 1)
                    .Sum(i => Enumerable.Range(0, i).Count(j => (chosen >> j & 1) == 0));
                counts[u]++;
                total++;
            }
        }

        var distribution = RankDistribution.MannWhitney(n, m);
        long sum = 0;
        for (int u = 0; u < counts.Length; u++)
        {
            sum += counts[u];
            Assert.Equal((double)sum / total, distribution.AtMost(u), 12);
        }
    }

    [Theory]
    [InlineData(5, 0)]
    [InlineData(6, 1)]
    [InlineData(8, 4)]
    [InlineData(10, 9)]
    [InlineData(20, 53)]
    public void Signed_rank_bounds_equal_the_published_critical_values(int n, int k)
    {
        // Tables of Wilcoxon's critical value for 0.05 two-sided: 6 → 0, 8 → 3, 10 → 8, 20 → 52; the bound's index is one more.
        Assert.Equal(k, RankDistribution.SignedRank(n).BoundIndex(0.95));
    }

    [Theory]
    [InlineData(3, 3, 0)]
    [InlineData(4, 4, 1)]
    [InlineData(5, 5, 3)]
    [InlineData(8, 10, 18)]
    [InlineData(20, 20, 128)]
    public void Mann_Whitney_bounds_equal_the_published_critical_values(int n, int m, int k)
    {
        // Tables of the critical value of U for 0.05 two-sided: 4,4 → 0; 5,5 → 2; 8,10 → 17; 20,20 → 127.
        Assert.Equal(k, RankDistribution.MannWhitney(n, m).BoundIndex(0.95));
    }

    [Fact]
    public void The_approximation_continues_the_exact_distribution()
    {
        var exact = RankDistribution.SignedRank(50);
        var approximate = RankDistribution.SignedRank(51);
        Assert.True(exact.IsExact);
        Assert.False(approximate.IsExact);

        // From 50 to 51 pairs the bound grows as it does from 49 to 50.
        long step = exact.BoundIndex(0.95) - RankDistribution.SignedRank(49).BoundIndex(0.95);
        Assert.InRange(approximate.BoundIndex(0.95) - exact.BoundIndex(0.95), step - 1, step + 2);
        long exactU = RankDistribution.MannWhitney(50, 50).BoundIndex(0.95);
        Assert.InRange(RankDistribution.MannWhitney(51, 50).BoundIndex(0.95), exactU + 10, exactU + 35);
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1.959963984540054, 0.975)]
    [InlineData(-1.2815515655446004, 0.1)]
    [InlineData(-6, 9.865876450376946e-10)]
    [InlineData(40, 1)]
    public void The_normal_distribution_has_its_known_values(double x, double expected) =>
        Assert.Equal(expected, Normal.Cumulative(x), 13);
}
