using System.Diagnostics;

namespace Passthrough.Bench.Engine;

/// <summary>CLOCK_MONOTONIC in nanoseconds.</summary>
internal static class Clock
{
    // One tick is a nanosecond on Linux; another length would make every latency wrong, so it is not assumed silently.
    private static readonly long _nsPerTick = Stopwatch.Frequency == 1_000_000_000
        ? 1
        : throw new BenchException("this system's clock does not count nanoseconds.");

    /// <summary>Now.</summary>
    public static long NowNs => Stopwatch.GetTimestamp() * _nsPerTick;
}
