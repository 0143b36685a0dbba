namespace Passthrough.Study;

/// <summary>How a study on one machine is run.</summary>
public sealed record StudyOptions
{
    /// <summary>Paired blocks; six is the least that a paired test can decide on.</summary>
    public int Blocks { get; init; } = 6;

    /// <summary>Seed of the order.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Dropped stage at the beginning of each run.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>Measured stage of each run.</summary>
    public TimeSpan Measure { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The user said that what a workload names may be overwritten.</summary>
    public bool Destructive { get; init; }

    /// <summary>The tool's version, for the result.</summary>
    public required string Version { get; init; }

    /// <summary>Called as runs finish.</summary>
    public IProgress<StudyProgress>? Progress { get; init; }

    /// <summary>Ends the study in the middle of a run: <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancel { get; init; }
}

/// <summary>How far a study is.</summary>
/// <param name="Done">Runs finished.</param>
/// <param name="Total">Runs in all.</param>
/// <param name="Text">What runs now.</param>
public sealed record StudyProgress(int Done, int Total, string Text);
