namespace Passthrough.Bench.Engine;

/// <summary>What <c>bench list</c> shows of a workload and how to make one.</summary>
public sealed record WorkloadInfo
{
    /// <summary>Name, for example <c>dma.nvme.read</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it measures, one sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>throughput or latency.</summary>
    public required string Metric { get; init; }

    /// <summary>bytesPerSecond, nanoseconds or perSecond.</summary>
    public required string Unit { get; init; }

    /// <summary>Parameters it takes, with default and meaning.</summary>
    public required IReadOnlyList<WorkloadParameter> Parameters { get; init; }

    /// <summary>Why it cannot run on this machine, one sentence; null when it can (asked without side effects).</summary>
    public required Func<Host.Model.HostModel, string?> WhyNot { get; init; }

    /// <summary>Makes an instance for one run. Throws <see cref="BenchException"/> for a parameter that is wrong.</summary>
    public required Func<IReadOnlyDictionary<string, string>, Host.Model.HostModel, IWorkload> Create { get; init; }

    /// <summary>What a run with these parameters overwrites; null when it overwrites nothing. Asked before anything is made.</summary>
    public Func<IReadOnlyDictionary<string, string>, Overwriting?> Overwrites { get; init; } = _ => null;
}

/// <summary>What a run overwrites.</summary>
/// <param name="Target">The device or file as the user named it.</param>
/// <param name="IsFullName">It is a path: neither a default nor a word that stands for several devices.</param>
public sealed record Overwriting(string Target, bool IsFullName);

/// <summary>A parameter of a workload.</summary>
public sealed record WorkloadParameter(string Name, string Default, string Meaning);
