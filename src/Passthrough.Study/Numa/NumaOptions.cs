namespace Passthrough.Study.Numa;

/// <summary>How nodes are measured.</summary>
public sealed record NumaOptions
{
    /// <summary>Blocks: each measures every pair of nodes once, in an order of its own.</summary>
    public int Blocks { get; init; } = 5;

    /// <summary>Seed of the order.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Bytes chased, and bytes of each array of the triad; null for the workloads' own defaults.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>Dropped stage at the beginning of each run.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Measured stage of each run.</summary>
    public TimeSpan Measure { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>The tool's version, for the result.</summary>
    public required string Version { get; init; }

    /// <summary>Called as runs finish.</summary>
    public IProgress<StudyProgress>? Progress { get; init; }
}

/// <summary>How hidden nodes are looked for.</summary>
public sealed record HiddenNodeOptions
{
    /// <summary>Rounds: each measures every CPU with every block of memory once, in an order of its own.</summary>
    public int Rounds { get; init; } = 16;

    /// <summary>Seed of the order.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>CPUs; null for all that are online, or sixteen of them spread evenly.</summary>
    public IReadOnlyList<int>? Cpus { get; init; }

    /// <summary>Blocks of memory.</summary>
    public int MemoryBlocks { get; init; } = 8;

    /// <summary>Bytes of each block; null for twice the last-level caches, and 64 MiB at least.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>Share of the free memory, in percent, that is taken for a moment so that the blocks lie apart.</summary>
    public int SpreadPercent { get; init; } = 50;

    /// <summary>Measured time of each CPU and block in each round.</summary>
    public TimeSpan Measure { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>The tool's version, for the result.</summary>
    public required string Version { get; init; }

    /// <summary>Called as runs finish.</summary>
    public IProgress<StudyProgress>? Progress { get; init; }
}
