using System.Diagnostics;
using System.Globalization;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Results;
using Passthrough.Study.Files;
using Passthrough.Tuning;

namespace Passthrough.Study.Conducting;

/// <summary>
/// Makes the runs of a study that are not done yet, in the order of its schedule, and writes each down before the next begins. Whatever ends it,
/// this machine and the guest at work are left as they were found, and what is done stays done.
/// </summary>
/// <param name="study">The study's folder.</param>
/// <param name="open">Makes a guest ready, or this machine.</param>
public sealed class Conductor(StudyFolder study, Func<StudyGuest, CancellationToken, Task<IStudySite>> open)
{
    /// <summary>Where knobs of this machine are turned; null where the study turns none.</summary>
    public TuningSession? Session { get; init; }

    /// <summary>This machine, not recorded; needed with <see cref="Session"/>.</summary>
    public IEvidence? Now { get; init; }

    /// <summary>Hears of the progress.</summary>
    public IProgress<StudyProgress>? Progress { get; init; }

    /// <summary>Hears a sentence about what could not be removed from a guest.</summary>
    public Action<string>? Remains { get; init; }

    /// <summary>Runs to the end of the schedule.</summary>
    /// <exception cref="OperationCanceledException">It was ended; 'study resume' goes on.</exception>
    /// <exception cref="Guests.Transports.GuestException">A guest cannot be reached any more; 'study resume' goes on.</exception>
    /// <exception cref="StudyException">A run could not be written down.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        foreach (StudyGuest guest in study.File.Guests)
        {
            cancel.ThrowIfCancellationRequested();
            int done = study.Record.Done;
            if (done < study.Header.Schedule.Count && study.Header.Schedule[done].Guest == guest.Name)
            {
                Report(done, $"{guest.Name}: preparing", null);
                await GuestAsync(guest, cancel).ConfigureAwait(false);
            }
        }

        Report(study.Header.Schedule.Count, "done", null);
    }

    private async Task GuestAsync(StudyGuest guest, CancellationToken cancel)
    {
        await using IStudySite site = await open(guest, cancel).ConfigureAwait(false);
        try
        {
            long begun = Stopwatch.GetTimestamp();
            int first = study.Record.Done;
            for (int next = first; next < study.Header.Schedule.Count && study.Header.Schedule[next].Guest == guest.Name; next++)
            {
                TimeSpan? each = next == first ? null : Stopwatch.GetElapsedTime(begun) / (next - first);
                StudySlot slot = study.Header.Schedule[next];
                Report(next, $"{guest.Name}, block {slot.Block + 1}: {slot.Workload} {slot.Factor} {slot.Variant}", each * (study.Header.Schedule.Count - next));
                study.Append(await SlotAsync(site, next, slot, cancel).ConfigureAwait(false));
            }
        }
        finally
        {
            if (await site.LeaveAsync().ConfigureAwait(false) is { } remains)
            {
                Remains?.Invoke(remains);
            }
        }
    }

    private async Task<StudyLine> SlotAsync(IStudySite site, int index, StudySlot slot, CancellationToken cancel)
    {
        var line = new StudyLine { Kind = "skipped", Guest = slot.Guest, Slot = index };
        StudyLine[] before = [.. study.Record.Lines.Where(one => one.Guest == slot.Guest && one.Slot is not null)];

        // What could not run once is not tried again: its blocks would not be whole.
        if (before.FirstOrDefault(one => one.Skipped is not null && study.Header.Schedule[one.Slot!.Value].Item == slot.Item) is { } broken)
        {
            return line with { Skipped = broken.Skipped };
        }

        cancel.ThrowIfCancellationRequested();
        long start = Stopwatch.GetTimestamp();
        StudyItem item = study.File.Items[slot.Item];
        ResultsDocument document;
        try
        {
            document = Around(item, slot, () => site.RunAsync(slot, cancel).GetAwaiter().GetResult());
        }
        catch (TuningException error) when (!error.Message.StartsWith(LocalStudy.NotTakenBack, StringComparison.Ordinal))
        {
            cancel.ThrowIfCancellationRequested();
            return line with { Skipped = StudyStep.SkippedOf(item, "on this machine: " + error.Message) };
        }

        line = line with
        {
            ElapsedMs = (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds,
            Machine = before.Any(one => one.Machine is not null) ? null : document.Machine,
        };
        return document switch
        {
            { Workloads: [var run] } when run.Factor == slot.Factor && run.Variant == slot.Variant && run.Block == slot.Block => line with { Kind = "run", Run = run },
            { Workloads: [], Skipped: [var skipped] } => line with { Skipped = skipped },
            _ => throw new StudyException(string.Create(CultureInfo.InvariantCulture, $"Run {index + 1} in {slot.Guest} gave the result of another run.")),
        };
    }

    // A session and what it does belong to one thread, so the run is waited for here.
    private ResultsDocument Around(StudyItem item, StudySlot slot, Func<ResultsDocument> run)
    {
        IReadOnlyList<Knob> knobs = item.HostKnobsOf(slot.Variant);
        return knobs.Count == 0 ? run()
            : Session is null || Now is null ? throw new StudyException("This study turns knobs of this machine, and there is no journal for them.")
            : new LocalStudy(Now, HostReader.Read(Now), Session).Under(knobs, slot.Factor, run);
    }

    private void Report(int done, string text, TimeSpan? left)
    {
        string time = left is not { } span ? "" : span.TotalSeconds < 90
            ? string.Create(CultureInfo.InvariantCulture, $", {Math.Max(1, span.TotalSeconds):0} s left")
            : string.Create(CultureInfo.InvariantCulture, $", {span.TotalMinutes:0} min left");
        Progress?.Report(new StudyProgress(done, study.Header.Schedule.Count, text + time));
    }
}
