using Passthrough.Bench.Native;

namespace Passthrough.Bench.Engine;

/// <summary>
/// The clock of latencies, CLOCK_MONOTONIC in nanoseconds: the one that Stopwatch reads, without the calls between, since what lies
/// between two readings is part of the figure.
/// </summary>
internal static class Clock
{
    /// <summary>Now.</summary>
    public static long NowNs => LinuxSystemCalls.MonotonicNs();
}
