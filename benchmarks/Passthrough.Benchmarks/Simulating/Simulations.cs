using Passthrough.Results;
using Passthrough.Results.Statistics;

namespace Passthrough.Benchmarks.Simulating;

/// <summary>What a simulated design did, as shares of its trials.</summary>
/// <param name="Trials">Studies simulated.</param>
/// <param name="Better">Verdict better.</param>
/// <param name="Worse">Verdict worse.</param>
/// <param name="Covered">The interval held the true ratio.</param>
/// <param name="Excluded">The interval excluded "no change".</param>
public sealed record Outcome(int Trials, double Better, double Worse, double Covered, double Excluded)
{
    /// <summary>Better or worse.</summary>
    public double Decided => Better + Worse;
}

/// <summary>
/// Puts the comparison itself to the test: studies with a known true ratio are drawn, compared as real ones are, and the verdicts and
/// intervals are counted. The same seed gives the same counts.
/// </summary>
public static class Simulations
{
    private static readonly ToolIdentity Tool = new("simulation", "0");
    private static readonly Dictionary<string, string> NoParameters = [];

    /// <summary>Studies of blocks in which untuned, tuned and untuned-again run in random order.</summary>
    public static Outcome Paired(NoiseKind kind, double spread, double ratio, int blocks, int trials, long seed, CompareOptions? options = null) =>
        Count(trials, ratio, seed, random =>
        {
            var noise = new Noise(kind, spread, blocks * 3, random);
            var runs = new List<WorkloadRun>();
            for (int block = 0; block < blocks; block++)
            {
                string[] variants = ["untuned", "tuned", "untuned-again"];
                random.Shuffle<string>(variants);
                runs.AddRange(variants.Select(variant => Run(variant, block, (variant == "tuned" ? ratio : 1) * Math.Exp(noise.Next()))));
            }

            return Comparer.CompareVariants(Document(runs), options).Comparisons[0];
        });

    /// <summary>Two files of so many runs, whose runs were made in random order but are compared without blocks.</summary>
    public static Outcome Unpaired(NoiseKind kind, double spread, double ratio, int runsEach, int trials, long seed, CompareOptions? options = null) =>
        Count(trials, ratio, seed, random =>
        {
            var noise = new Noise(kind, spread, runsEach * 2, random);
            string[] order = [.. Enumerable.Repeat("before", runsEach), .. Enumerable.Repeat("after", runsEach)];
            random.Shuffle<string>(order);
            WorkloadRun[] runs = [.. order.Select((side, i) => Run(side, i, (side == "after" ? ratio : 1) * Math.Exp(noise.Next())))];
            return Comparer.Compare(Document(runs.Where(run => run.Variant == "before")), Document(runs.Where(run => run.Variant == "after")), options).Comparisons[0];
        });

    /// <summary>
    /// Coverage of the bootstrapped ratio of p99: runs of <paramref name="samples"/> lognormal samples each, with a spread between runs besides.
    /// </summary>
    public static double BootstrapCoverage(int blocks, bool paired, int samples, double spread, int trials, long seed, int resamples)
    {
        var random = new SeededRandom(seed);
        int covered = 0;
        var latencies = new double[samples];
        for (int trial = 0; trial < trials; trial++)
        {
            double[] before = [.. Enumerable.Range(0, blocks).Select(_ => LogTail())];
            double[] after = [.. Enumerable.Range(0, blocks).Select(_ => LogTail())];
            long own = (long)random.NextBits();
            BootstrapInterval drawn = (paired
                ? Bootstrap.Paired([.. after.Zip(before, (b, a) => b - a)], 0.95, own, resamples)
                : Bootstrap.Unpaired(before, after, 0.95, own, resamples))!;
            covered += drawn.Low <= 0 && drawn.High >= 0 ? 1 : 0;
        }

        return covered / (double)trials;

        double LogTail()
        {
            for (int i = 0; i < samples; i++)
            {
                latencies[i] = 0.5 * random.NextNormal();
            }

            Array.Sort(latencies);
            return Quantiles.OfSorted(latencies, 0.99) + (spread * random.NextNormal());
        }
    }

    /// <summary>Share of steady runs of 20 slices that the rule would mark.</summary>
    public static double UnsteadyRate(double spread, int trials, long seed)
    {
        var random = new SeededRandom(seed);
        int marked = 0;
        for (int trial = 0; trial < trials; trial++)
        {
            double[] slices = [.. Enumerable.Range(0, SteadyState.Slices).Select(_ => Math.Exp(spread * random.NextNormal()))];
            marked += SteadyState.Find(slices) is null ? 0 : 1;
        }

        return marked / (double)trials;
    }

    private static Outcome Count(int trials, double ratio, long seed, Func<SeededRandom, Comparison> study)
    {
        var random = new SeededRandom(seed);
        int better = 0;
        int worse = 0;
        int covered = 0;
        int excluded = 0;
        for (int trial = 0; trial < trials; trial++)
        {
            Comparison one = study(random);
            better += one.Verdict == ComparisonVerdict.Better ? 1 : 0;
            worse += one.Verdict == ComparisonVerdict.Worse ? 1 : 0;
            covered += one.Low <= ratio && one.High >= ratio ? 1 : 0;
            excluded += one.Low > 1 || one.High < 1 ? 1 : 0;
        }

        return new Outcome(trials, better / (double)trials, worse / (double)trials, covered / (double)trials, excluded / (double)trials);
    }

    private static WorkloadRun Run(string variant, int block, double value) => new()
    {
        Name = "simulated",
        Parameters = NoParameters,
        Metric = "throughput",
        Unit = "perSecond",
        Variant = variant,
        Factor = "knob",
        Run = block,
        Block = block,
        Value = 1000 * value,
        Samples = 1,
        Witness = new Dictionary<string, double>(),
    };

    private static ResultsDocument Document(IEnumerable<WorkloadRun> runs) => new()
    {
        Tool = Tool,
        Machine = new MachineSummary { Emulated = false },
        Design = new StudyDesign(1, 1, [], "run"),
        Workloads = [.. runs],
    };
}
