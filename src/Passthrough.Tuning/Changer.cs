using System.Diagnostics;
using System.Globalization;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;

namespace Passthrough.Tuning;

/// <summary>Makes one change and reads it back, or takes one back from its record. Each answer is null, or what went wrong as a part of a sentence.</summary>
internal sealed class Changer(IEvidence now, IKernelFile kernel, IMachineFiles files, IBootTools tools) : IDisposable
{
    // Drivers bind and counters settle asynchronously: a read-back is repeated for at most this long.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);
    private readonly ManualResetEventSlim _pause = new();

    /// <summary>Makes a change. A write that succeeds and changes nothing is a failure.</summary>
    public string? Make(TuningChange change) => change switch
    {
        TuningWrite write => kernel.Write(write.Path, write.Value) is { } error
            ? $"writing '{write.Value.Trim()}' to {write.Path} was refused ({error})"
            : Unmet(write),
        FileChange file => Make(file),
        ModeChange mode => Make(mode),
        ToolRun tool => tools.Run(tool.Words),
        _ => throw new ArgumentOutOfRangeException(nameof(change)),
    };

    /// <summary>Takes a recorded change back; one that was never made, though it was recorded, is none to take back.</summary>
    public string? TakeBack(JournalEntry entry) => entry.Kind switch
    {
        "file" => RestoreFile(entry),
        "mode" => RestoreMode(entry),
        "tool" => entry.UndoWords is null ? null : tools.Run(entry.UndoWords),
        null or "write" => entry.UndoPath is null ? null : RestoreValue(entry, entry.UndoPath),
        var other => $"the journal holds a change of the kind '{other}', which a newer ptdiag wrote and can take back",
    };

    /// <inheritdoc />
    public void Dispose() => _pause.Dispose();

    private string? Make(FileChange file)
    {
        try
        {
            byte[]? have = files.Read(file.Path);
            if (!Same(have, file.Before))
            {
                return $"{file.Path} is not as the step was made for";
            }

            if ((have is null ? files.Create(file.Path, file.After.Span) : files.Replace(file.Path, file.After.Span)) is { } problem)
            {
                return problem;
            }

            return Same(files.Read(file.Path), file.After) ? null : $"{file.Path} does not hold what was written to it";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"{file.Path} cannot be read ({error.Message.TrimEnd('.')})";
        }
    }

    private string? Make(ModeChange mode)
    {
        try
        {
            return files.SetMode(mode.Path, mode.Mode)
                ?? (files.ModeOf(mode.Path) == mode.Mode ? null : $"{mode.Path} does not show the permissions {JournalEntry.Octal(mode.Mode)} after they were set");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"{mode.Path} cannot be looked at ({error.Message.TrimEnd('.')})";
        }
    }

    private string? RestoreFile(JournalEntry entry)
    {
        try
        {
            byte[]? have = files.Read(entry.Path);
            if (have is null && entry.Before is null)
            {
                // Killed before the file got its name: its folders may be there already.
                return files.Delete(entry.Path, entry.Folders ?? []) ?? RunUndoTools(entry);
            }

            if (!Same(have, Memory(entry.Before)))
            {
                // Who edited it since has reasons of their own, and their edit is not lost by an undo.
                if (!Same(have, Memory(entry.After ?? [])))
                {
                    return have is null
                        ? $"{entry.Path} was removed since, so what it held before is not put back"
                        : $"{entry.Path} was edited since, so it is not overwritten: take out by hand what the step '{entry.Step}' put in";
                }

                if ((entry.Before is null ? files.Delete(entry.Path, entry.Folders ?? []) : files.Replace(entry.Path, entry.Before)) is { } problem)
                {
                    return problem;
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"{entry.Path} cannot be read ({error.Message.TrimEnd('.')})";
        }

        return RunUndoTools(entry);
    }

    private string? RunUndoTools(JournalEntry entry)
    {
        foreach (IReadOnlyList<string> words in entry.UndoTools ?? [])
        {
            if (tools.Run(words) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private string? RestoreMode(JournalEntry entry)
    {
        try
        {
            // A node that is gone took its permissions with it.
            return files.ModeOf(entry.Path) is null ? null : files.SetMode(entry.Path, (UnixFileMode)Convert.ToInt32(entry.UndoValue, 8));
        }
        catch (Exception error) when (error is FormatException or OverflowException or ArgumentException)
        {
            return $"the journal holds no permissions of {entry.Path}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"{entry.Path} cannot be looked at ({error.Message.TrimEnd('.')})";
        }
    }

    private string? RestoreValue(JournalEntry entry, string path)
    {
        string value = entry.UndoValue ?? "";
        string? error = kernel.Write(path, value);
        return error is null || (entry.GoneIsDone && error is ("ENOENT" or "EIO" or "ENODEV"))
            ? null
            : $"writing '{value.Trim()}' to {path} was refused ({error})";
    }

    // Written out: null would become an empty memory, which is a file of no bytes.
    private static ReadOnlyMemory<byte>? Memory(byte[]? bytes)
    {
        if (bytes is null)
        {
            return null;
        }

        return new ReadOnlyMemory<byte>(bytes);
    }

    private static bool Same(byte[]? have, ReadOnlyMemory<byte>? want) =>
        have is null ? want is null : want is { } bytes && bytes.Span.SequenceEqual(have);

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
