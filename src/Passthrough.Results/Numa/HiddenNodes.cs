namespace Passthrough.Results.Numa;

/// <summary>
/// Looks for nodes that a machine does not show, in latencies by CPU, block of memory and round. Pure. Groups are looked for
/// in the first half of the rounds and held against the second, which had no part in choosing them: a group found and measured
/// in the same data always seems to differ. What may be claimed is only what the second half shows beyond a practical
/// threshold, since blocks of one node differ a little for good (page colours, banks, how the host backs them).
/// </summary>
public static class HiddenNodes
{
    /// <summary>Below this difference blocks and CPUs count as alike, unless asked otherwise.</summary>
    public const double DefaultThreshold = 0.10;

    /// <summary>Fewest rounds that carry an answer: seven to look in, seven to hold against. Six reach 1/64, which is not rare enough for one of three questions.</summary>
    public const int FewestRounds = 14;

    // Shared by the three questions asked (Bonferroni), so that all together raise a false alarm in at most 5 % of machines: four
    // leave room for noise that is not symmetric, as the rank test takes it to be.
    private const double FalseAlarms = 0.04;

    /// <summary>Answers from latencies in nanoseconds; rounds in which a CPU and block are missing do not count.</summary>
    /// <param name="cells">One latency for each CPU, block and round.</param>
    /// <param name="threshold">The least relative difference worth telling, 0.10 for ten percent.</param>
    public static HiddenNodeAnswer Find(IReadOnlyList<LatencyCell> cells, double threshold = DefaultThreshold)
    {
        ArgumentNullException.ThrowIfNull(cells);
        var cube = LatencyCube.Of(cells);
        int questions = (cube.Cpus.Count > 1 && cube.Blocks.Count > 1 ? 1 : 0) + (cube.Blocks.Count > 1 ? 1 : 0) + (cube.Cpus.Count > 1 ? 1 : 0);
        if (cube.Rounds < FewestRounds || questions == 0)
        {
            return new HiddenNodeAnswer(HiddenNodeVerdict.TooLittle, null, null, null, [], null, cube.Rounds);
        }

        // One-sided, because the first half fixes the direction.
        double confidence = 1 - (2 * FalseAlarms / questions);
        NodeEffect? affinity = Affinity(cube, cube.AllCpus, cube.AllBlocks, confidence);
        NodeEffect? memory = Main(cube, cube.Blocks.Count, byBlock: true, confidence);
        NodeEffect? cpus = Main(cube, cube.Cpus.Count, byBlock: false, confidence);
        double least = Math.Log(1 + threshold);
        NodeEffect[] asked = [.. new[] { affinity, memory, cpus }.OfType<NodeEffect>()];
        double floor = Math.Exp(asked.Max(effect => Math.Max(Math.Abs(effect.LogLow), Math.Abs(effect.LogHigh)))) - 1;
        HiddenNodeVerdict verdict = affinity?.LogLow > least ? HiddenNodeVerdict.Nodes
            : memory?.LogLow > least ? HiddenNodeVerdict.MemoryDiffers
            : cpus?.LogLow > least ? HiddenNodeVerdict.CpusDiffer
            : floor <= threshold ? HiddenNodeVerdict.OneNode
            : HiddenNodeVerdict.CannotTell;
        List<NodeGroup> groups = [];
        if (verdict == HiddenNodeVerdict.Nodes)
        {
            Divide(cube, cube.AllCpus, cube.AllBlocks, confidence, least, groups);
        }

        return new HiddenNodeAnswer(verdict, affinity, memory, cpus, groups, floor, cube.Rounds);
    }

    /// <summary>Divides a group as long as its halves are nearer to themselves than to each other.</summary>
    private static void Divide(LatencyCube cube, int[] cpus, int[] blocks, double confidence, double least, List<NodeGroup> groups)
    {
        if (Affinity(cube, cpus, blocks, confidence) is { } effect && effect.LogLow > least)
        {
            // Either half is asked anew, so each is allowed half of the false alarms.
            double stricter = 1 - ((1 - confidence) / 2);
            Divide(cube, effect.NearCpus, effect.NearBlocks, stricter, least, groups);
            Divide(cube, effect.FarCpus, effect.FarBlocks, stricter, least, groups);
            return;
        }

        groups.Add(new NodeGroup([.. cpus.Select(index => cube.Cpus[index])], [.. blocks.Select(index => cube.Blocks[index])]));
    }

    /// <summary>
    /// How much farther CPUs are from the other side's memory than from their own, for the best division of both in two. The
    /// contrast is the mean of two differences in which a slow CPU and a slow block cancel.
    /// </summary>
    private static NodeEffect? Affinity(LatencyCube cube, int[] cpus, int[] blocks, double confidence)
    {
        if (cpus.Length < 2 || blocks.Length < 2 || Bipartition.Of(cube.Explored(cpus, blocks)) is not { } sides)
        {
            return null;
        }

        int[] nearCpus = [.. cpus.Where((_, i) => sides.Rows[i])];
        int[] farCpus = [.. cpus.Where((_, i) => !sides.Rows[i])];
        int[] nearBlocks = [.. blocks.Where((_, i) => sides.Columns[i])];
        int[] farBlocks = [.. blocks.Where((_, i) => !sides.Columns[i])];
        double[] contrasts = [.. cube.HeldBack.Select(round =>
            (cube.Mean(round, nearCpus, farBlocks) - cube.Mean(round, nearCpus, nearBlocks)
            + cube.Mean(round, farCpus, nearBlocks) - cube.Mean(round, farCpus, farBlocks)) / 2)];
        return NodeEffect.Of(contrasts, confidence, nearCpus, farCpus, nearBlocks, farBlocks);
    }

    /// <summary>How much slower the slower blocks are for every CPU, or the slower CPUs with every block.</summary>
    private static NodeEffect? Main(LatencyCube cube, int count, bool byBlock, double confidence)
    {
        if (count < 2)
        {
            return null;
        }

        double[,] explored = cube.Explored(cube.AllCpus, cube.AllBlocks);
        int others = byBlock ? cube.Cpus.Count : cube.Blocks.Count;
        double[] means = [.. Enumerable.Range(0, count).Select(i =>
            Enumerable.Range(0, others).Average(j => byBlock ? explored[j, i] : explored[i, j]))];
        bool[] fast = Bipartition.Lower(means);
        int[] near = [.. Enumerable.Range(0, count).Where(i => fast[i])];
        int[] far = [.. Enumerable.Range(0, count).Where(i => !fast[i])];
        double[] contrasts = [.. cube.HeldBack.Select(round => byBlock
            ? cube.Mean(round, cube.AllCpus, far) - cube.Mean(round, cube.AllCpus, near)
            : cube.Mean(round, far, cube.AllBlocks) - cube.Mean(round, near, cube.AllBlocks))];
        return byBlock
            ? NodeEffect.Of(contrasts, confidence, cube.AllCpus, [], near, far)
            : NodeEffect.Of(contrasts, confidence, near, far, cube.AllBlocks, []);
    }
}
