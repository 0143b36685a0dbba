using Passthrough.Results.Statistics;

namespace Passthrough.Results.Sweeps;

/// <summary>A cost that falls with the batch.</summary>
/// <param name="CostNs">Nanoseconds for each doorbell, or whatever is done once a batch.</param>
/// <param name="Low">Lower bound.</param>
/// <param name="High">Upper bound.</param>
/// <param name="RestNs">Nanoseconds for each operation that no batching saves.</param>
/// <param name="Blocks">Blocks it rests on.</param>
public sealed record BatchCost(double CostNs, double? Low, double? High, double RestNs, int Blocks);

/// <summary>Straight lines through sweeps, one a block: the interval is that of the blocks' own slopes, by ranks.</summary>
public static class Slope
{
    /// <summary>
    /// What is paid once a batch: the time of an operation is rest + cost / batch, so the slope of the time over 1 / batch is the cost.
    /// Null when this is no sweep of a <c>batch</c> of operations a second, or fewer than six blocks are complete.
    /// </summary>
    public static BatchCost? CostOfBatch(Sweep sweep)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        if (sweep.Parameter != "batch" || sweep.Unit != "perSecond" || sweep.Cells[0].Value <= 0)
        {
            return null;
        }

        double[] x = [.. sweep.Cells.Select(cell => 1 / cell.Value)];
        double[][] blocks = Curve.Blocks(sweep, perSecond => 1e9 / perSecond);
        if (blocks.Length < SampleSizes.PairedBlocks || blocks.Any(block => block.Any(value => !double.IsFinite(value))))
        {
            return null;
        }

        Shift slope = HodgesLehmann.Paired([.. blocks.Select(block => Of(x, block))])!;
        double rest = Quantiles.Median(blocks.Select(block => block.Average() - (Of(x, block) * x.Average())));
        return new BatchCost(slope.Estimate, slope.Low, slope.High, rest, blocks.Length);
    }

    /// <summary>Least-squares slope.</summary>
    internal static double Of(double[] x, double[] y)
    {
        double middle = x.Average();
        double mean = y.Average();
        return x.Zip(y, (a, b) => (a - middle) * (b - mean)).Sum() / x.Sum(a => (a - middle) * (a - middle));
    }
}
