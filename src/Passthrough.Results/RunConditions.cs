namespace Passthrough.Results;

/// <summary>What of the machine could have moved a run's figure besides the knob, as it was around that run. Unknown is null.</summary>
public sealed record RunConditions
{
    /// <summary>cpufreq governor of the measuring CPU.</summary>
    public string? Governor { get; init; }

    /// <summary>Its frequency right after the measured stage, in hertz.</summary>
    public long? FrequencyHz { get; init; }

    /// <summary>Current clock source.</summary>
    public string? Clocksource { get; init; }

    /// <summary>Ticks (hundredths of a second) that the hypervisor took from this machine's CPUs during the measured stage.</summary>
    public long? StealTicks { get; init; }

    /// <summary>What the kernel does about processor vulnerabilities: "name: state" of those that affect this CPU, joined by semicolons.</summary>
    public string? Mitigations { get; init; }

    /// <summary>Microcode revision.</summary>
    public string? Microcode { get; init; }

    /// <summary>Whether irqbalance runs, which moves interrupts between CPUs.</summary>
    public bool? Irqbalance { get; init; }

    /// <summary>Load average of the last minute, read before the run's warm-up.</summary>
    public double? LoadAverage { get; init; }

    /// <summary>The hottest thermal zone after the measured stage, degrees Celsius.</summary>
    public double? TemperatureC { get; init; }

    /// <summary>Mode of transparent huge pages: always, madvise or never.</summary>
    public string? TransparentHugePages { get; init; }

    /// <summary>Whether frequencies above the nominal one are allowed.</summary>
    public bool? Turbo { get; init; }
}
