using System.Diagnostics;
using HdrHistogram;

namespace Passthrough.Bench.Engine;

/// <summary>One stage of a run: its end, and where operations are recorded. Not thread-safe; allocation-free while recording.</summary>
public sealed class Stage
{
    private const long LongestNs = 60_000_000_000L;
    private readonly long _endTicks;
    private readonly long _maxOperations;
    private readonly CancellationToken _cancel;
    private readonly StageSlices _slices;
    private long _endedTicks;

    /// <summary>A stage that begins now.</summary>
    /// <param name="duration">How long.</param>
    /// <param name="maxOperations">Ends earlier after this many operations.</param>
    /// <param name="cancel">Ends it at once.</param>
    public Stage(TimeSpan duration, long maxOperations = long.MaxValue, CancellationToken cancel = default)
    {
        // 1 ns to 60 s with three significant digits.
        Latencies = new LongHistogram(1, LongestNs, 3);
        Batches = new LongHistogram(1, LongestNs, 3);
        // Clearing touches every page of the counters, so that no page fault of theirs falls into the stage.
        Latencies.Reset();
        Batches.Reset();
        _maxOperations = maxOperations;
        _cancel = cancel;
        _slices = new StageSlices();
        StartTicks = Stopwatch.GetTimestamp();
        long ticks = (long)(duration.TotalSeconds * Stopwatch.Frequency);
        _endTicks = StartTicks + ticks;
        _slices.Begin(StartTicks, ticks);
    }

    /// <summary>When it began, in Stopwatch ticks (nanoseconds on Linux).</summary>
    public long StartTicks { get; }

    /// <summary>Latencies in nanoseconds, one value a sample.</summary>
    public LongHistogram Latencies { get; }

    /// <summary>Durations of whole batches in nanoseconds; empty unless <see cref="RecordBatch"/> was used.</summary>
    public LongHistogram Batches { get; }

    /// <summary>Operations in each batch; 1 when operations were timed one by one.</summary>
    public int BatchSize { get; private set; } = 1;

    /// <summary>Operations performed.</summary>
    public long Operations { get; private set; }

    /// <summary>Timed intervals recorded: operations, or batches of them.</summary>
    public long Samples => Latencies.TotalCount;

    /// <summary>Bytes moved.</summary>
    public long Bytes { get; private set; }

    /// <summary>True while time and operations remain.</summary>
    public bool Goes => GoesAt(Stopwatch.GetTimestamp()) && !_cancel.IsCancellationRequested;

    /// <summary>The stage cut into equal slices of time, to see whether it was steady.</summary>
    internal StageSlices Slices => _slices;

    /// <summary>The same for a time that the caller has read already, in Stopwatch ticks.</summary>
    public bool GoesAt(long nowTicks)
    {
        _slices.MoveTo(nowTicks, Operations, Bytes);
        return Operations < _maxOperations && nowTicks < _endTicks;
    }

    /// <summary>How long it lasted: until <see cref="End"/> was called, else until now.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(StartTicks, _endedTicks != 0 ? _endedTicks : Stopwatch.GetTimestamp());

    /// <summary>Records one operation of so many nanoseconds and bytes. A latency beyond the range is recorded at its end, never dropped.</summary>
    public void Record(long latencyNs, long bytes = 0)
    {
        Latencies.RecordValue(Math.Clamp(latencyNs, 1, LongestNs));
        _slices.Record(latencyNs);
        Operations++;
        Bytes += bytes;
    }

    /// <summary>
    /// Records operations too short to be timed singly as one sample: the mean of the batch, in the histogram rounded to
    /// nanoseconds, and the whole duration beside it, so that the run's value keeps the fraction.
    /// </summary>
    public void RecordBatch(long batchNs, int operations, long bytes = 0)
    {
        Latencies.RecordValue(Math.Clamp((batchNs + (operations / 2)) / operations, 1, LongestNs));
        Batches.RecordValue(Math.Clamp(batchNs, 1, LongestNs));
        _slices.Record(batchNs);
        BatchSize = operations;
        Operations += operations;
        Bytes += bytes;
    }

    /// <summary>
    /// Time that the device itself counted while it worked, in nanoseconds; null where the stage's own clock is all there is.
    /// A throughput is then the bytes over this time, as what lies between the device's operations is not its work.
    /// </summary>
    public long? DeviceNs { get; private set; }

    /// <summary>Adds what the device counted for the operations just recorded.</summary>
    public void AddDeviceTime(long ns) => DeviceNs = (DeviceNs ?? 0) + ns;

    /// <summary>Ends the measured time, when a workload still has to wait for operations that no longer count.</summary>
    public void End()
    {
        if (_endedTicks == 0)
        {
            _endedTicks = Stopwatch.GetTimestamp();
            _slices.End(_endedTicks, Operations, Bytes);
        }
    }
}
