using System.Diagnostics;
using HdrHistogram;

namespace Passthrough.Bench.Engine;

/// <summary>One stage of a run: its end, and where operations are recorded. Not thread-safe; allocation-free while recording.</summary>
public sealed class Stage
{
    private readonly long _endTicks;
    private readonly long _maxOperations;

    /// <summary>A stage that begins now.</summary>
    /// <param name="duration">How long.</param>
    /// <param name="maxOperations">Ends earlier after this many operations.</param>
    public Stage(TimeSpan duration, long maxOperations = long.MaxValue)
    {
        // 1 ns to 60 s with three significant digits.
        Latencies = new LongHistogram(1, 60_000_000_000L, 3);
        _maxOperations = maxOperations;
        StartTicks = Stopwatch.GetTimestamp();
        _endTicks = StartTicks + (long)(duration.TotalSeconds * Stopwatch.Frequency);
    }

    /// <summary>When it began, in Stopwatch ticks (nanoseconds on Linux).</summary>
    public long StartTicks { get; }

    /// <summary>Latencies in nanoseconds.</summary>
    public LongHistogram Latencies { get; }

    /// <summary>Operations performed.</summary>
    public long Operations { get; private set; }

    /// <summary>Bytes moved.</summary>
    public long Bytes { get; private set; }

    /// <summary>True while time and operations remain.</summary>
    public bool Goes => Operations < _maxOperations && Stopwatch.GetTimestamp() < _endTicks;

    /// <summary>Records one operation of so many nanoseconds and bytes. A latency beyond the range is recorded at its end, never dropped.</summary>
    public void Record(long latencyNs, long bytes = 0)
    {
        Latencies.RecordValue(Math.Clamp(latencyNs, 1, 60_000_000_000L));
        Operations++;
        Bytes += bytes;
    }
}
