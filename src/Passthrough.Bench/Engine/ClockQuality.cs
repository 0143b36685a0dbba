using System.Diagnostics;
using System.Globalization;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Engine;

/// <summary>How well this machine's clock can tell short times: its source and what one reading of it costs, in nanoseconds.</summary>
/// <param name="Source">current_clocksource; null when it could not be read.</param>
/// <param name="MinimumNs">Shortest of the back-to-back readings.</param>
/// <param name="MedianNs">Their median.</param>
/// <param name="P99Ns">Their 99th percentile.</param>
public sealed record ClockQuality(string? Source, long MinimumNs, long MedianNs, long P99Ns)
{
    private const string SourcePath = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    private const int Readings = 10_000;

    /// <summary>Times below one microsecond may be claimed: the source is tsc or kvm-clock, and reading it costs at most 100 ns.</summary>
    public bool CarriesSubMicrosecond => Source is "tsc" or "kvm-clock" && MedianNs <= 100;

    /// <summary>The quality in words.</summary>
    public string Sentence => string.Create(CultureInfo.InvariantCulture,
        $"the clock source is {Source ?? "unknown"} and one reading costs {MedianNs} ns (median; {MinimumNs} to {P99Ns} ns at p99)");

    /// <summary>Measures the clock now: about a millisecond where a reading is cheap.</summary>
    public static ClockQuality Measure() => Measure(LinuxSystemCalls.Instance);

    internal static ClockQuality Measure(ISystemCalls system)
    {
        long[] costs = new long[Readings];
        // The first pass warms caches and compiled code.
        for (int pass = 0; pass < 2; pass++)
        {
            long before = Stopwatch.GetTimestamp();
            for (int i = 0; i < Readings; i++)
            {
                long now = Stopwatch.GetTimestamp();
                costs[i] = now - before;
                before = now;
            }
        }

        Array.Sort(costs);
        double nsPerTick = 1e9 / Stopwatch.Frequency;
        return new ClockQuality(system.ReadText(SourcePath)?.Trim(), (long)(costs[0] * nsPerTick),
            (long)(costs[Readings / 2] * nsPerTick), (long)(costs[Readings * 99 / 100] * nsPerTick));
    }
}
