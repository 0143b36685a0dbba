using Passthrough.Results.Statistics;

namespace Passthrough.Results.Sweeps;

/// <summary>The shapes that are held against a curve.</summary>
public enum CurveShape
{
    /// <summary>The value does not depend on the parameter.</summary>
    Constant,

    /// <summary>One power law: a straight line where both axes are logarithmic.</summary>
    Line,

    /// <summary>Two levels.</summary>
    Step,

    /// <summary>Two straight lines that meet.</summary>
    Bend,
}

/// <summary>What a curve shows.</summary>
/// <param name="Shape">The shape chosen.</param>
/// <param name="Knee">Where it breaks, a value of the parameter: the last before a step, or where two lines meet. Null without a knee.</param>
/// <param name="Low">Lower end of the knee's 95 % interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="Agreement">Share of the resamples that have a knee at all; one is told from 95 % on.</param>
/// <param name="Slope">Without a knee: the power with which the value rises with the parameter.</param>
/// <param name="SlopeLow">Lower end of its interval; null with too few blocks.</param>
/// <param name="SlopeHigh">Upper end.</param>
public sealed record CurveFinding(CurveShape Shape, double? Knee, double? Low, double? High, double Agreement, double? Slope, double? SlopeLow, double? SlopeHigh);

/// <summary>
/// Finds the knee of a curve, or says that there is none. Four shapes are fitted by least squares to the logarithms of the runs' values,
/// each run less its block's mean (so that drift between blocks is no noise), over the logarithm of the parameter: constant, line, step,
/// bend. The Bayesian information criterion chooses, a break counting as a parameter of its own. Blocks are then resampled 1 000 times;
/// a knee is told only where 95 % of the resamples choose a step or a bend too, and its interval is that of their breaks. The criterion is
/// Schwarz's, "Estimating the dimension of a model", Annals of Statistics 6 (1978).
/// </summary>
public static class Curve
{
    /// <summary>Fewer values leave no room for a break with two on each side and one to contradict it.</summary>
    public const int LeastCells = 5;

    private const int Resamples = 1000;
    private const double Needed = 0.95;

    /// <summary>What the sweep shows; null with fewer than five values, fewer than six complete blocks, or values that have no logarithm.</summary>
    public static CurveFinding? Find(Sweep sweep, long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        if (sweep.Cells.Count < LeastCells || sweep.Cells[0].Value <= 0)
        {
            return null;
        }

        double[][] blocks = Blocks(sweep, Math.Log);
        return blocks.Length < SampleSizes.PairedBlocks || blocks.Any(block => block.Any(value => !double.IsFinite(value)))
            ? null
            : Find([.. sweep.Cells.Select(cell => Math.Log(cell.Value))], blocks, seed);
    }

    /// <summary>The value of every cell, block by block, where a block has all cells; each block's median where a cell ran more than once in it.</summary>
    internal static double[][] Blocks(Sweep sweep, Func<double, double> of)
    {
        Dictionary<int, double>[] cells = [.. sweep.Cells.Select(cell => cell.Runs
            .Where(run => run.Rejected is null && run.Value is { } value && double.IsFinite(value))
            .GroupBy(run => run.Block)
            .ToDictionary(block => block.Key, block => of(Quantiles.Median(block.Select(run => run.Value!.Value)))))];
        return [.. cells[0].Keys.Order().Where(block => cells.All(cell => cell.ContainsKey(block)))
            .Select(block => cells.Select(cell => cell[block]).ToArray())];
    }

    private static CurveFinding Find(double[] x, double[][] blocks, long seed)
    {
        double[][] centred = [.. blocks.Select(block => block.Select(value => value - block.Average()).ToArray())];
        (CurveShape shape, double at) = Choose(x, centred, [.. Enumerable.Range(0, centred.Length)]);
        var random = new SeededRandom(seed);
        var breaks = new List<double>();
        int[] drawn = new int[centred.Length];
        for (int i = 0; i < Resamples; i++)
        {
            for (int j = 0; j < drawn.Length; j++)
            {
                drawn[j] = random.Next(drawn.Length);
            }

            (CurveShape chosen, double place) = Choose(x, centred, drawn);
            if (chosen is CurveShape.Step or CurveShape.Bend)
            {
                breaks.Add(place);
            }
        }

        double agreement = breaks.Count / (double)Resamples;
        if (shape is CurveShape.Step or CurveShape.Bend && agreement >= Needed)
        {
            return new CurveFinding(shape, Math.Exp(at), Math.Exp(Quantiles.Quantile(breaks, 0.025)), Math.Exp(Quantiles.Quantile(breaks, 0.975)), agreement, null, null, null);
        }

        CurveShape plain = shape == CurveShape.Constant ? CurveShape.Constant : CurveShape.Line;
        Shift slope = HodgesLehmann.Paired([.. blocks.Select(block => Slope.Of(x, block))])!;
        return new CurveFinding(plain, null, null, null, agreement, slope.Estimate, slope.Low, slope.High);
    }

    /// <summary>The shape with the smallest criterion for these blocks, and the logarithm at which it breaks.</summary>
    private static (CurveShape Shape, double At) Choose(double[] x, double[][] blocks, int[] drawn)
    {
        int cells = x.Length;
        var mean = new double[cells];
        double squares = 0;
        foreach (int block in drawn)
        {
            for (int cell = 0; cell < cells; cell++)
            {
                mean[cell] += blocks[block][cell] / drawn.Length;
                squares += blocks[block][cell] * blocks[block][cell];
            }
        }

        // What no shape can explain: the scatter of the runs around their cells' means.
        double within = squares - (drawn.Length * mean.Sum(value => value * value));
        double n = (double)drawn.Length * cells;
        (CurveShape, double) best = (CurveShape.Constant, 0);
        double least = Criterion(Rest(mean, [Constant(cells)]), 1);
        Try(CurveShape.Line, 0, [Constant(cells), x], 2);
        for (int i = 1; i < cells - 1; i++)
        {
            int last = i;
            double at = x[i];
            Try(CurveShape.Step, at, [Constant(cells), [.. Enumerable.Range(0, cells).Select(cell => cell > last ? 1.0 : 0)]], 3);
            Try(CurveShape.Bend, at, [Constant(cells), x, [.. x.Select(value => Math.Max(0, value - at))]], 4);
        }

        return best;

        void Try(CurveShape shape, double at, double[][] terms, int parameters)
        {
            double criterion = Criterion(Rest(mean, terms), parameters);
            if (criterion < least)
            {
                least = criterion;
                best = (shape, at);
            }
        }

        // A floor of a millionth keeps runs that repeat to the last digit from making every shape infinitely good.
        double Criterion(double rest, int parameters) =>
            (n * Math.Log(Math.Max(within + (drawn.Length * rest), n * 1e-12) / n)) + (parameters * Math.Log(n));
    }

    private static double[] Constant(int cells) => [.. Enumerable.Repeat(1.0, cells)];

    /// <summary>Squared rest of <paramref name="y"/> after the terms, each made orthogonal to those before it (Gram and Schmidt).</summary>
    private static double Rest(double[] y, double[][] terms)
    {
        double[] rest = [.. y];
        var basis = new List<double[]>(terms.Length);
        foreach (double[] term in terms)
        {
            double[] own = [.. term];
            foreach (double[] known in basis)
            {
                Subtract(own, known);
            }

            double size = own.Sum(value => value * value);
            if (size > 1e-12)
            {
                double scale = 1 / Math.Sqrt(size);
                basis.Add([.. own.Select(value => value * scale)]);
                Subtract(rest, basis[^1]);
            }
        }

        return rest.Sum(value => value * value);
    }

    private static void Subtract(double[] from, double[] unit)
    {
        double share = 0;
        for (int i = 0; i < unit.Length; i++)
        {
            share += from[i] * unit[i];
        }

        for (int i = 0; i < unit.Length; i++)
        {
            from[i] -= share * unit[i];
        }
    }
}
