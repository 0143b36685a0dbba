using System.Diagnostics;
using System.Numerics;
using Passthrough.Results.Statistics;

namespace Passthrough.Bench.Engine;

/// <summary>
/// A stage in equal slices of time: operations and bytes of each, and a coarse histogram of its latencies. Everything is allocated and
/// touched beforehand; while operations are measured it only counts.
/// </summary>
internal sealed class StageSlices
{
    /// <summary>Buckets an octave: a bucket is at most 1/64 wide, and the median is interpolated within it.</summary>
    private const int PerOctave = 64;

    private const int OctaveBits = 6;

    // 2^36 ns are 69 s, beyond the longest latency that a stage records.
    private const int Octaves = 36;

    private readonly int[] _counts = new int[SteadyState.Slices * Octaves * PerOctave];
    private readonly long[] _operations = new long[SteadyState.Slices];
    private readonly long[] _bytes = new long[SteadyState.Slices];
    private readonly long[] _samples = new long[SteadyState.Slices];
    private readonly long[] _ticks = new long[SteadyState.Slices];
    private long _start;
    private long _width;
    private long _next;
    private int _slice;
    private int _offset;
    private long _sliceStart;
    private long _operationsBefore;
    private long _bytesBefore;

    /// <summary>Sets the slices' ends.</summary>
    public void Begin(long startTicks, long ticks)
    {
        // Written once, so that no page of it is touched for the first time while something is measured.
        Array.Clear(_counts);
        _start = startTicks;
        _sliceStart = startTicks;
        _width = Math.Max(1, ticks / SteadyState.Slices);
        _next = startTicks + _width;
    }

    /// <summary>Closes slices that have ended by <paramref name="now"/>; what an operation that spans an end did counts for the slice in which it began.</summary>
    public void MoveTo(long now, long operations, long bytes)
    {
        if (now >= _next)
        {
            Close(now, operations, bytes);
        }
    }

    /// <summary>One latency, or one batch's duration.</summary>
    public void Record(long ns)
    {
        _counts[_offset + Bucket(ns)]++;
        _samples[_slice]++;
    }

    /// <summary>Ends the last slice.</summary>
    public void End(long now, long operations, long bytes)
    {
        if (_ticks[_slice] == 0)
        {
            Store(now, operations, bytes);
        }
    }

    /// <summary>Median latency of an operation in each slice with a sample in it.</summary>
    public IReadOnlyList<double> Medians(int batchSize) =>
        [.. Enumerable.Range(0, SteadyState.Slices).Where(slice => _samples[slice] > 0).Select(slice => Median(slice) / batchSize)];

    /// <summary>Operations a second in each slice that lasted and held an operation.</summary>
    public IReadOnlyList<double> Rates() => Rates(_operations);

    /// <summary>Bytes a second, likewise.</summary>
    public IReadOnlyList<double> ByteRates() => Rates(_bytes);

    private double[] Rates(long[] amounts) => [.. Enumerable.Range(0, SteadyState.Slices)
        .Where(slice => _operations[slice] > 0 && _ticks[slice] > 0)
        .Select(slice => amounts[slice] * (double)Stopwatch.Frequency / _ticks[slice])];

    private void Close(long now, long operations, long bytes)
    {
        int slice = (int)Math.Min((now - _start) / _width, SteadyState.Slices - 1);
        if (slice == _slice)
        {
            // The last slice also holds what comes after the stage's end.
            _next = long.MaxValue;
            return;
        }

        Store(now, operations, bytes);
        _slice = slice;
        _offset = slice * Octaves * PerOctave;
        _next = slice == SteadyState.Slices - 1 ? long.MaxValue : _start + ((slice + 1) * _width);
    }

    private void Store(long now, long operations, long bytes)
    {
        _operations[_slice] = operations - _operationsBefore;
        _bytes[_slice] = bytes - _bytesBefore;
        _ticks[_slice] = now - _sliceStart;
        _operationsBefore = operations;
        _bytesBefore = bytes;
        _sliceStart = now;
    }

    private static int Bucket(long ns)
    {
        ulong value = (ulong)Math.Clamp(ns, 1, (1L << Octaves) - 1);
        int octave = BitOperations.Log2(value);
        ulong within = octave >= OctaveBits ? value >> (octave - OctaveBits) : value << (OctaveBits - octave);
        return (octave << OctaveBits) + (int)(within & (PerOctave - 1));
    }

    private double Median(int slice)
    {
        double wanted = _samples[slice] / 2.0;
        double seen = 0;
        for (int i = 0; i < Octaves * PerOctave; i++)
        {
            int count = _counts[(slice * Octaves * PerOctave) + i];
            if (count > 0 && seen + count >= wanted)
            {
                double width = Math.Pow(2, i >> OctaveBits) / PerOctave;
                return Math.Pow(2, i >> OctaveBits) + (width * ((i & (PerOctave - 1)) + ((wanted - seen) / count)));
            }

            seen += count;
        }

        return double.NaN;
    }
}
