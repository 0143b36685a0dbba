using Passthrough.Host.Evidence;

namespace Passthrough.Tuning;

/// <summary>
/// Applies steps and takes them back: the undo record is on disk before each change, each change is read back, the first
/// failure undoes the step, and disposing undoes whatever is still applied, newest first. Steps and undos exclude each other, so that a thread
/// that takes back never meets a step half made.
/// </summary>
public sealed class TuningSession : IDisposable
{
    private readonly Changer _changer;
    private readonly Journal _journal;
    private readonly string? _plan;
    private readonly Lock _gate = new();
    private readonly Stack<(TuningStep Step, Stack<JournalEntry> Entries)> _applied = new();
    private volatile bool _ends;

    /// <summary>A session that changes nothing yet.</summary>
    /// <param name="now">Evidence that is not recorded: the state changes between steps.</param>
    /// <param name="kernel">Where values are written.</param>
    /// <param name="journal">Where changes are recorded.</param>
    /// <param name="context">Files, programs and the plan's name; null for a run on this machine.</param>
    public TuningSession(IEvidence now, IKernelFile kernel, Journal journal, TuningContext? context = null)
    {
        context ??= new TuningContext();
        _changer = new Changer(now, kernel, context.Files, context.Tools);
        _journal = journal;
        _plan = context.Plan;
        Boot = BootOf(now);
    }

    /// <summary>The boot that runs; null when it could not be read.</summary>
    public string? Boot { get; }

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

    /// <summary>The boot of a machine. Source: Documentation/admin-guide/sysctl/kernel.rst, random.</summary>
    public static string? BootOf(IEvidence now) => now.ReadText("/proc/sys/kernel/random/boot_id").Or(null);

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

    /// <summary>What was applied stays applied, on record: nothing of it is taken back any more when the session ends.</summary>
    /// <exception cref="OperationCanceledException">After <see cref="ApplyNoMore"/>.</exception>
    public void Keep()
    {
        lock (_gate)
        {
            if (_ends)
            {
                throw new OperationCanceledException("what was applied is to be taken back.");
            }

            if (_applied.Count > 0 && _plan is not null)
            {
                _journal.Keep(_plan);
            }

            _applied.Clear();
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

    /// <summary>
    /// Takes back what earlier runs left open, newest first. What ended with an earlier boot is only recorded as ended.
    /// </summary>
    /// <param name="which">Which entries; null for all.</param>
    public UndoReport UndoLeftOpen(Func<JournalEntry, bool>? which = null)
    {
        lock (_gate)
        {
            var problems = new List<string>();
            int back = 0, ended = 0;
            foreach (JournalEntry entry in _journal.LeftOpen.Reverse().Where(entry => which?.Invoke(entry) ?? true))
            {
                bool lapsed = entry.HasLapsed(Boot);
                if (lapsed || _changer.TakeBack(entry) is not { } problem)
                {
                    _journal.Undone(entry.Sequence);
                    (back, ended) = lapsed ? (back, ended + 1) : (back + 1, ended);
                }
                else
                {
                    problems.Add(problem);
                }
            }

            return new UndoReport(back, ended, problems);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        UndoAll();
        _changer.Dispose();
    }

    private void Make(TuningStep step)
    {
        var done = new Stack<JournalEntry>();
        _applied.Push((step, done));
        foreach (TuningChange change in step.Changes)
        {
            string? problem;
            try
            {
                done.Push(_journal.Intend(change, entry => entry with
                {
                    Boot = Boot,
                    At = DateTimeOffset.UtcNow,
                    Step = step.Title,
                    Plan = _plan,
                    TokensAdded = step.TokensAdded.Count == 0 ? null : step.TokensAdded,
                    TokensRemoved = step.TokensRemoved.Count == 0 ? null : step.TokensRemoved,
                }));
                problem = _changer.Make(change);
            }
            catch (TuningException error)
            {
                problem = error.Message.TrimEnd('.');
            }

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
        foreach (JournalEntry entry in _applied.Pop().Entries)
        {
            if (_changer.TakeBack(entry) is not { } problem)
            {
                _journal.Undone(entry.Sequence);
            }
            else
            {
                problems.Add(problem);
            }
        }

        return problems.Count == 0 ? null : string.Join("; ", problems);
    }
}

/// <summary>What an undo did.</summary>
/// <param name="TakenBack">Changes that were taken back.</param>
/// <param name="Ended">Changes that an earlier boot had ended.</param>
/// <param name="Problems">What could not be taken back; each a part of a sentence.</param>
public sealed record UndoReport(int TakenBack, int Ended, IReadOnlyList<string> Problems);
