namespace Passthrough.Bench.Engine;

/// <summary>How one run is made.</summary>
public sealed record RunOptions
{
    /// <summary>Variant name written into the run.</summary>
    public string Variant { get; init; } = "only";

    /// <summary>The knob that the variant turns; null for a single variant.</summary>
    public string? Factor { get; init; }

    /// <summary>0-based number within the workload and variant.</summary>
    public int Run { get; init; }

    /// <summary>0-based block.</summary>
    public int Block { get; init; }

    /// <summary>Duration of the warm-up, whose samples are dropped.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Duration of the measured stage.</summary>
    public TimeSpan Measure { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The measured stage ends earlier after this many operations.</summary>
    public long MaxOperations { get; init; } = long.MaxValue;

    /// <summary>The user said that what a workload names may be overwritten; without it such a workload is refused.</summary>
    public bool Destructive { get; init; }

    /// <summary>
    /// Called once the workload is prepared and before its warm-up, on the thread that called <see cref="BenchEngine"/>.Run:
    /// what it starts does not inherit the measuring thread's CPU. The place for steps that need what Prepare made, such as an interrupt's affinity.
    /// </summary>
    public Action<IWorkload>? AfterPrepare { get; init; }

    /// <summary>Ends the stage under way and the run with it: the workload closes what it opened, and <see cref="OperationCanceledException"/> is thrown.</summary>
    public CancellationToken Cancel { get; init; }
}
