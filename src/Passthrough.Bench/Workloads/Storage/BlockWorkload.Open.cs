using System.Globalization;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Uring;

namespace Passthrough.Bench.Workloads.Storage;

/// <content>The open loop: operations start at times of a schedule that the device has no say in.</content>
internal sealed partial class BlockWorkload
{
    /// <summary>A start this much after its intended time counts as behind the schedule: beyond what the loop itself needs.</summary>
    private const long BehindNs = 10_000;

    /// <summary>Behind by more than this the queue only grows, and a latency would tell the length of the run.</summary>
    private const long HopelessNs = 1_000_000_000;

    private long _behind;
    private long _behindMark;
    private long _queueFull;
    private long _queueFullMark;
    private long _latestStartNs;

    private void ExecuteOpen(Stage stage)
    {
        BlockRing ring = _ring!;
        int[] free = new int[_plan.Depth];
        int freeCount = _plan.Depth;
        for (int slot = 0; slot < free.Length; slot++)
        {
            free[slot] = slot;
        }

        double meanGapNs = 1e9 / _plan.RatePerSecond;
        // Kept as a fraction: rounding each gap to nanoseconds would change the rate.
        double next = Clock.NowNs;
        bool isFull = false;
        bool goes = true;
        while (goes || freeCount < free.Length)
        {
            if (ring.HasCompletion)
            {
                long endNs = Clock.NowNs;
                while (ring.TryReap(out ulong slot, out int result))
                {
                    Check(result);
                    _completions++;
                    stage.Record(endNs - _startNs[slot], _blockBytes);
                    free[freeCount++] = (int)slot;
                }
            }

            // Everything intended before the end is started, however late, and waited for: leaving out what a stall at
            // the end holds up would hide the stall.
            long nowNs = Clock.NowNs;
            goes = goes && stage.GoesAt((long)next);
            while (goes && next <= nowNs && freeCount > 0)
            {
                int slot = free[--freeCount];
                Queue(ring, slot);
                _startNs[slot] = (long)next;
                NoteStart(nowNs - (long)next);
                isFull = false;
                next += _plan.Arrival == Arrival.Fixed ? meanGapNs : meanGapNs * _places.NextExponential();
                goes = stage.GoesAt((long)next);
            }

            if (goes && freeCount == 0 && next <= nowNs)
            {
                _queueFull += isFull ? 0 : 1;
                isFull = true;
                if (nowNs - next > HopelessNs)
                {
                    throw new BenchException(string.Create(CultureInfo.InvariantCulture,
                        $"{_target!.Path} fell more than a second behind {_plan.RatePerSecond} operations a second after {stage.Operations} of them: ask for a lower ratePerSecond, or a larger depth."));
                }
            }

            if (_queuedCount > 0)
            {
                _queuedCount = 0;
                ring.Enter(0);
            }
        }

        stage.End();
    }

    private void NoteStart(long lateNs)
    {
        _behind += lateNs > BehindNs ? 1 : 0;
        _latestStartNs = Math.Max(_latestStartNs, lateNs);
    }

    private void AddOpenWitness(Dictionary<string, double> witness)
    {
        if (_plan.Arrival != Arrival.Closed)
        {
            witness["behindSchedule"] = _behind - _behindMark;
            witness["queueFull"] = _queueFull - _queueFullMark;
            witness["latestStartNs"] = _latestStartNs;
        }
    }
}
