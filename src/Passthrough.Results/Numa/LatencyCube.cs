using Passthrough.Results.Statistics;

namespace Passthrough.Results.Numa;

/// <summary>Logarithms of latencies by round, CPU and block, complete rounds only; each round's own level is taken off.</summary>
internal sealed class LatencyCube
{
    private readonly double[][,] _rounds;

    private LatencyCube(int[] cpus, int[] blocks, double[][,] rounds)
    {
        Cpus = cpus;
        Blocks = blocks;
        _rounds = rounds;
        AllCpus = [.. Enumerable.Range(0, cpus.Length)];
        AllBlocks = [.. Enumerable.Range(0, blocks.Length)];
    }

    /// <summary>Numbers of the CPUs, ascending.</summary>
    public IReadOnlyList<int> Cpus { get; }

    /// <summary>Numbers of the blocks, ascending.</summary>
    public IReadOnlyList<int> Blocks { get; }

    /// <summary>Complete rounds.</summary>
    public int Rounds => _rounds.Length;

    /// <summary>Positions of all CPUs.</summary>
    public int[] AllCpus { get; }

    /// <summary>Positions of all blocks.</summary>
    public int[] AllBlocks { get; }

    /// <summary>
    /// The rounds that had no part in choosing groups: the later half, not every second one, because a disturbance that lasts
    /// for some rounds would otherwise stand in both halves and confirm itself.
    /// </summary>
    public IEnumerable<int> HeldBack => Enumerable.Range(Rounds / 2, Rounds - (Rounds / 2));

    /// <summary>Sorts cells into rounds.</summary>
    public static LatencyCube Of(IReadOnlyList<LatencyCell> cells)
    {
        int[] cpus = [.. cells.Select(cell => cell.Cpu).Distinct().Order()];
        int[] blocks = [.. cells.Select(cell => cell.Block).Distinct().Order()];
        var rounds = new List<double[,]>();
        foreach (IGrouping<int, LatencyCell> round in cells.Where(cell => cell.LatencyNs > 0 && double.IsFinite(cell.LatencyNs))
            .GroupBy(cell => cell.Round).OrderBy(group => group.Key))
        {
            Dictionary<(int, int), double> values = [];
            foreach (LatencyCell cell in round)
            {
                values[(cell.Cpu, cell.Block)] = Math.Log(cell.LatencyNs);
            }

            if (values.Count == cpus.Length * blocks.Length)
            {
                double level = Quantiles.Median(values.Values);
                var matrix = new double[cpus.Length, blocks.Length];
                for (int c = 0; c < cpus.Length; c++)
                {
                    for (int b = 0; b < blocks.Length; b++)
                    {
                        matrix[c, b] = values[(cpus[c], blocks[b])] - level;
                    }
                }

                rounds.Add(matrix);
            }
        }

        return new LatencyCube(cpus, blocks, [.. rounds]);
    }

    /// <summary>Medians over the rounds that groups are looked for in.</summary>
    public double[,] Explored(int[] cpus, int[] blocks)
    {
        var medians = new double[cpus.Length, blocks.Length];
        for (int c = 0; c < cpus.Length; c++)
        {
            for (int b = 0; b < blocks.Length; b++)
            {
                int cpu = cpus[c];
                int block = blocks[b];
                medians[c, b] = Quantiles.Median(_rounds.Take(Rounds / 2).Select(round => round[cpu, block]));
            }
        }

        return medians;
    }

    /// <summary>Mean of a round over some CPUs and blocks.</summary>
    public double Mean(int round, int[] cpus, int[] blocks) => cpus.Average(cpu => blocks.Average(block => _rounds[round][cpu, block]));
}
