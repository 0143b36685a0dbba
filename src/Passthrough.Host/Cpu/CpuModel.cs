using Passthrough.Host.Evidence;

namespace Passthrough.Host.Cpu;

/// <summary>Processors: identity, topology, isolation, frequency policy.</summary>
public sealed record CpuInfo
{
    /// <summary>vendor_id of /proc/cpuinfo (GenuineIntel, AuthenticAMD; "ARM" where a CPU implementer stands).</summary>
    public required Reading<string> VendorId { get; init; }

    /// <summary>model name.</summary>
    public required Reading<string> ModelName { get; init; }

    /// <summary>flags (x86) or Features (Arm) of the first processor.</summary>
    public required Reading<IReadOnlySet<string>> Flags { get; init; }

    /// <summary>microcode revision, as text.</summary>
    public required Reading<string> Microcode { get; init; }

    /// <summary>Processor blocks in /proc/cpuinfo.</summary>
    public required Reading<int> Processors { get; init; }

    /// <summary>cpu/online.</summary>
    public required Reading<CpuSet> Online { get; init; }

    /// <summary>cpu/isolated.</summary>
    public required Reading<CpuSet> Isolated { get; init; }

    /// <summary>cpu/nohz_full.</summary>
    public required Reading<CpuSet> NohzFull { get; init; }

    /// <summary>cpu/smt/active.</summary>
    public required Reading<bool> SmtActive { get; init; }

    /// <summary>Per CPU: topology and governor, ordered by number.</summary>
    public required IReadOnlyList<CpuCore> Cpus { get; init; }

    /// <summary>clocksource0/current_clocksource.</summary>
    public required Reading<string> Clocksource { get; init; }

    /// <summary>cpu/intel_pstate/status or amd_pstate/status, where there.</summary>
    public required Reading<string> PstateStatus { get; init; }

    /// <summary>The profile that tuned applies at its start, absent where there is none. Source: tuned's active_profile.</summary>
    public Reading<string> TunedProfile { get; init; } = Reading.Missing<string>(Outcome.NotRecorded, CpuReader.TunedProfilePath);

    /// <summary>The vendor in the contract's words: intel, amd, arm; null when not known.</summary>
    public string? Vendor => VendorId.Or(null) switch
    {
        "GenuineIntel" => "intel",
        "AuthenticAMD" or "HygonGenuine" => "amd",
        "ARM" => "arm",
        _ => null,
    };

    /// <summary>True when the flag stands in /proc/cpuinfo; null when that was not read.</summary>
    public bool? HasFlag(string flag) => Flags.IsKnown ? Flags.Value!.Contains(flag) : null;
}

/// <summary>One CPU.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Package">physical_package_id.</param>
/// <param name="Core">core_id.</param>
/// <param name="Siblings">thread_siblings_list.</param>
/// <param name="Governor">cpufreq/scaling_governor; absent without cpufreq.</param>
/// <param name="Driver">cpufreq/scaling_driver.</param>
public sealed record CpuCore(int Number, Reading<long> Package, Reading<long> Core, Reading<CpuSet> Siblings,
    Reading<string> Governor, Reading<string> Driver);
