using System.Diagnostics;
using System.Globalization;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;

namespace Passthrough.Tuning;

/// <summary>
/// Applies steps and takes them back: the undo record is on disk before each write, each write is read back, the first
/// failure undoes the step, and disposing undoes whatever is still applied, newest first. Steps and undos exclude each other, so that a thread
/// that takes back never meets a step half made.
/// </summary>
public sealed class TuningSession(IEvidence now, IKernelFile kernel, Journal journal) : IDisposable
{
    // Drivers bind and counters settle asynchronously: a read-back is repeated for at most this long.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    private readonly ManualResetEventSlim _pause = new();

    private readonly Lock _gate = new();

    private readonly Stack<(TuningStep Step, Stack<(int Sequence, UndoWrite? Undo)> Writes)> _applied = new();

    private volatile bool _ends;

    /// <summary>Titles of what is applied now, oldest first.</summary>
    public IReadOnlyList<string> Applied
    {
        get
        {
            lock (_gate)
            {
                return [.. _applied.Select(entry => entry.Step.Title).Reverse()];
            }
        }
    }

    /// <summary>From now on nothing is applied any more; a step under way is finished, and taken back with the rest. Returns at once.</summary>
    public void ApplyNoMore() => _ends = true;

    /// <summary>Applies one step, or takes it back whole and throws <see cref="TuningException"/>. Null is nothing to do.</summary>
    /// <exception cref="OperationCanceledException">After <see cref="ApplyNoMore"/>.</exception>
    public void Apply(TuningStep? step)
    {
        lock (_gate)
        {
            if (_ends)
            {
                throw new OperationCanceledException("nothing is applied any more.");
            }

            if (step is not null)
            {
                Make(step);
            }
        }
    }

    /// <summary>Takes back the newest step. Returns null, or the sentence of what could not be taken back.</summary>
    public string? UndoLast()
    {
        lock (_gate)
        {
            return _applied.Count == 0 ? null : TakeBackNewest();
        }
    }

    /// <summary>Takes back everything, newest first; the sentences of what could not be.</summary>
    public IReadOnlyList<string> UndoAll()
    {
        lock (_gate)
        {
            var problems = new List<string>();
            while (_applied.Count > 0)
            {
                if (TakeBackNewest() is { } problem)
                {
                    problems.Add(problem);
                }
            }

            return problems;
        }
    }

    /// <summary>Takes back what an earlier run left open, newest first; the sentences of what could not be.</summary>
    public IReadOnlyList<string> UndoLeftOpen()
    {
        lock (_gate)
        {
            var problems = new List<string>();
            foreach (JournalEntry entry in journal.LeftOpen.Reverse())
            {
                UndoWrite? undo = entry.UndoPath is null ? null : new UndoWrite(entry.UndoPath, entry.UndoValue ?? "", entry.GoneIsDone);
                if (undo is null || TakeBack(undo) is not { } problem)
                {
                    journal.Undone(entry.Sequence);
                }
                else
                {
                    problems.Add(problem);
                }
            }

            return problems;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        UndoAll();
        _pause.Dispose();
    }

    private void Make(TuningStep step)
    {
        var done = new Stack<(int, UndoWrite?)>();
        _applied.Push((step, done));
        foreach (TuningWrite write in step.Writes)
        {
            done.Push((journal.Intend(write), write.Undo));
            string? problem = kernel.Write(write.Path, write.Value) is { } error
                ? $"writing '{write.Value}' to {write.Path} was refused ({error})"
                : Unmet(write);
            if (problem is not null)
            {
                string? undo = TakeBackNewest();
                throw new TuningException($"{step.Title}: {problem}; " + (undo is null ? "the step was taken back." : $"and taking it back failed: {undo}."));
            }
        }
    }

    private string? TakeBackNewest()
    {
        var problems = new List<string>();
        foreach ((int sequence, UndoWrite? undo) in _applied.Pop().Writes)
        {
            if (undo is null || TakeBack(undo) is not { } problem)
            {
                journal.Undone(sequence);
            }
            else
            {
                problems.Add(problem);
            }
        }

        return problems.Count == 0 ? null : string.Join("; ", problems);
    }

    private string? TakeBack(UndoWrite undo)
    {
        string? error = kernel.Write(undo.Path, undo.Value);
        return error is null || (undo.GoneIsDone && error is ("ENOENT" or "EIO" or "ENODEV"))
            ? null
            : $"writing '{undo.Value.Trim()}' to {undo.Path} was refused ({error})";
    }

    private string? Unmet(TuningWrite write)
    {
        if (write.Expect is not { } expect)
        {
            return null;
        }

        long start = Stopwatch.GetTimestamp();
        string seen;
        do
        {
            (bool met, seen) = Look(expect);
            if (met)
            {
                return null;
            }

            _pause.Wait(TimeSpan.FromMilliseconds(5));
        }
        while (Stopwatch.GetElapsedTime(start) < _patience);
        return $"after writing '{write.Value}' to {write.Path}, {expect.Path} shows '{seen}' instead of '{expect.Value}'";
    }

    private (bool Met, string Seen) Look(Expectation expect)
    {
        if (expect.Kind == ExpectationKind.Link)
        {
            Reading<string> link = now.ReadLinkName(expect.Path);
            return (expect.Value.Length == 0 ? link.IsAbsent : link.IsKnown && link.Value == expect.Value, link.Or("no link")!);
        }

        Reading<string> text = now.ReadText(expect.Path);
        string seen = text.Or("unreadable")!;
        bool met = text.IsKnown && expect.Kind switch
        {
            ExpectationKind.AtLeast => long.TryParse(seen, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                && number >= long.Parse(expect.Value, CultureInfo.InvariantCulture),
            ExpectationKind.CpuList => CpuSet.TryParse(seen, out CpuSet have) && CpuSet.TryParse(expect.Value, out CpuSet want) && have.Equals(want),
            ExpectationKind.CpuMask => CpuSet.TryParseMask(seen, out CpuSet have) && CpuSet.TryParseMask(expect.Value, out CpuSet want) && have.Equals(want),
            _ => seen == expect.Value,
        };
        return (met, seen);
    }
}
