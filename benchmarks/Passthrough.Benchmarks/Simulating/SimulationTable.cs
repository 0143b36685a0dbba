using System.Globalization;

namespace Passthrough.Benchmarks.Simulating;

/// <summary>The table of <c>-- simulate</c>: every promise of the statistics with what simulation finds of it.</summary>
public static class SimulationTable
{
    private const double Spread = 0.02;
    private static readonly double[] SliceSpreads = [0.005, 0.02, 0.1];

    /// <summary>Writes it; the same seed gives the same text.</summary>
    public static void Write(TextWriter output, int trials, long seed)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{trials} studies a row, seed {seed}, spread of a run 2 %"));
        output.WriteLine();
        output.WriteLine("No true effect (better or worse would be false), and coverage of the 95 % interval");
        output.WriteLine($"{"noise",-12} {"design",-22} {"interval excludes 0 %",22} {"false verdicts, ±3 %",21} {"covers",8}");
        foreach (NoiseKind kind in Enum.GetValues<NoiseKind>())
        {
            foreach (int blocks in new[] { 6, 10, 20 })
            {
                Outcome none = Simulations.Paired(kind, Spread, 1, blocks, trials, seed);
                Row(kind, $"paired, {blocks} blocks", none);
            }

            foreach (int runs in new[] { 5, 10 })
            {
                Row(kind, $"unpaired, {runs} + {runs}", Simulations.Unpaired(kind, Spread, 1, runs, trials, seed));
            }
        }

        output.WriteLine();
        output.WriteLine("A true effect of 10 % (better is right), with the A/A pair and a threshold of 3 %");
        output.WriteLine($"{"noise",-12} {"design",-22} {"found",8} {"wrong way",10} {"covers",8}");
        foreach (NoiseKind kind in Enum.GetValues<NoiseKind>())
        {
            Effect(kind, "paired, 10 blocks", Simulations.Paired(kind, Spread, 1.1, 10, trials, seed));
            Effect(kind, "unpaired, 10 + 10", Simulations.Unpaired(kind, Spread, 1.1, 10, trials, seed));
        }

        output.WriteLine();
        output.WriteLine("Bootstrapped (BCa) 95 % interval of a ratio of p99, runs of 500 samples: how often it covers");
        foreach (int blocks in new[] { 6, 10, 20, 40 })
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{blocks,3} blocks: paired {Share(Simulations.BootstrapCoverage(blocks, true, 500, Spread, trials, seed, 1000))}, unpaired {Share(Simulations.BootstrapCoverage(blocks, false, 500, Spread, trials, seed, 1000))}"));
        }

        output.WriteLine();
        output.WriteLine("Steady runs marked as not steady: "
            + string.Join(", ", SliceSpreads.Select(spread => string.Create(CultureInfo.InvariantCulture,
                $"{Share(Simulations.UnsteadyRate(spread, trials * 5, seed))} at a spread of {spread * 100:0.#} % between slices"))));

        void Row(NoiseKind kind, string design, Outcome shipped)
        {
            output.WriteLine($"{kind,-12} {design,-22} {Share(shipped.Excluded),22} {Share(shipped.Decided),21} {Share(shipped.Covered),8}");
        }

        void Effect(NoiseKind kind, string design, Outcome one) =>
            output.WriteLine($"{kind,-12} {design,-22} {Share(one.Better),8} {Share(one.Worse),10} {Share(one.Covered),8}");
    }

    private static string Share(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.0} %");
}
