using System.Globalization;
using Passthrough.Results.Statistics;

namespace Passthrough.Results.Numa;

/// <summary>One latency.</summary>
/// <param name="Cpu">The CPU that loaded.</param>
/// <param name="Block">Number of the block of memory.</param>
/// <param name="Round">The round; each holds every CPU and block once.</param>
/// <param name="LatencyNs">Nanoseconds of one load.</param>
public sealed record LatencyCell(int Cpu, int Block, int Round, double LatencyNs);

/// <summary>What the latencies show.</summary>
public enum HiddenNodeVerdict
{
    /// <summary>Too few rounds, or one CPU and one block: nothing was asked.</summary>
    TooLittle,

    /// <summary>No division of CPUs and blocks differs by as much as the threshold.</summary>
    OneNode,

    /// <summary>CPUs are nearer to some blocks than to others, and which ones depends on the CPU.</summary>
    Nodes,

    /// <summary>Some blocks are slower, for every CPU alike.</summary>
    MemoryDiffers,

    /// <summary>Some CPUs are slower, with every block alike.</summary>
    CpusDiffer,

    /// <summary>The spread between rounds is larger than the differences in question.</summary>
    CannotTell,
}

/// <summary>A hidden node, as far as it shows: CPUs and the blocks they are near to.</summary>
public sealed record NodeGroup(IReadOnlyList<int> Cpus, IReadOnlyList<int> Blocks);

/// <summary>A difference between two sides, as the held-back rounds show it; the sides are positions in the lists of CPUs and blocks.</summary>
public sealed record NodeEffect
{
    /// <summary>Ratio of the far to the near side.</summary>
    public double Ratio => Math.Exp(LogEstimate);

    /// <summary>Lower bound of the ratio.</summary>
    public double Low => Math.Exp(LogLow);

    /// <summary>Upper bound of the ratio.</summary>
    public double High => Math.Exp(LogHigh);

    internal double LogEstimate { get; init; }

    internal double LogLow { get; init; }

    internal double LogHigh { get; init; }

    internal int[] NearCpus { get; init; } = [];

    internal int[] FarCpus { get; init; } = [];

    internal int[] NearBlocks { get; init; } = [];

    internal int[] FarBlocks { get; init; } = [];

    internal static NodeEffect Of(double[] contrasts, double confidence, int[] nearCpus, int[] farCpus, int[] nearBlocks, int[] farBlocks)
    {
        Shift shift = HodgesLehmann.Paired(contrasts, confidence)!;
        return new NodeEffect
        {
            LogEstimate = shift.Estimate,
            // Too few rounds for an interval of this confidence bound nothing.
            LogLow = shift.Low ?? double.NegativeInfinity,
            LogHigh = shift.High ?? double.PositiveInfinity,
            NearCpus = nearCpus,
            FarCpus = farCpus,
            NearBlocks = nearBlocks,
            FarBlocks = farBlocks,
        };
    }
}

/// <summary>The answer.</summary>
/// <param name="Verdict">What may be said.</param>
/// <param name="Affinity">Far against near, where CPUs and blocks were divided together; null where not asked.</param>
/// <param name="Memory">Slower against faster blocks; null where not asked.</param>
/// <param name="Cpus">Slower against faster CPUs; null where not asked.</param>
/// <param name="Groups">The groups, when the verdict is <see cref="HiddenNodeVerdict.Nodes"/>.</param>
/// <param name="NoiseFloor">The largest difference that these rounds do not rule out, 0.05 for five percent; null where nothing was asked.</param>
/// <param name="Rounds">Complete rounds.</param>
public sealed record HiddenNodeAnswer(HiddenNodeVerdict Verdict, NodeEffect? Affinity, NodeEffect? Memory, NodeEffect? Cpus,
    IReadOnlyList<NodeGroup> Groups, double? NoiseFloor, int Rounds)
{
    /// <summary>The answer in words, claiming no more than the rounds show.</summary>
    public string Sentence => Verdict switch
    {
        HiddenNodeVerdict.Nodes => Line($"{Groups.Count} groups of CPU × block: memory of another group is {Percent(Affinity!)} slower than a group's own ({Interval(Affinity!)}), which is how hidden NUMA nodes look."),
        HiddenNodeVerdict.MemoryDiffers => Line($"2 groups of blocks, for every CPU alike, that differ by {Percent(Memory!)} ({Interval(Memory!)}): memory of another node that no CPU here is near to, or of another backing by the host; latencies alone do not tell which."),
        HiddenNodeVerdict.CpusDiffer => Line($"2 groups of CPUs, with every block alike, that differ by {Percent(Cpus!)} ({Interval(Cpus!)}): slower or busier CPUs look like this, nodes do not, and no memory was found to be nearer to some CPUs than to others."),
        HiddenNodeVerdict.OneNode => Line($"one node as far as this can tell: no division of CPUs and blocks differs by more than {NoiseFloor * 100:0.#} %."),
        HiddenNodeVerdict.CannotTell => Line($"cannot tell: the noise floor is {NoiseFloor * 100:0.#} %; more rounds, or a quieter machine, may."),
        _ => Line($"cannot tell: {Rounds} complete rounds, and at least {HiddenNodes.FewestRounds} of two blocks are needed."),
    };

    private static string Percent(NodeEffect effect) => Line($"{(effect.Ratio - 1) * 100:0.#} %");

    private static string Interval(NodeEffect effect) => Line($"at least {(effect.Low - 1) * 100:0.#} %, at most {(effect.High - 1) * 100:0.#} %");

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
