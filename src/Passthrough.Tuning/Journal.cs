using System.Text;
using System.Text.Json;

namespace Passthrough.Tuning;

/// <summary>
/// The record of what was changed: one JSON line before each change, synced to disk before the change is made, and one
/// after its undo. Killed at any point, what is left open can be read and taken back.
/// </summary>
public sealed class Journal : IDisposable
{
    private readonly FileStream _file;
    private int _next;

    private Journal(FileStream file, IReadOnlyList<JournalEntry> open, IReadOnlySet<string> kept, int next)
    {
        _file = file;
        _next = next;
        LeftOpen = open;
        KeptPlans = kept;
    }

    /// <summary>Changes that were never taken back, of earlier runs and of plans that were applied, oldest first.</summary>
    public IReadOnlyList<JournalEntry> LeftOpen { get; }

    /// <summary>Plans whose every step was made.</summary>
    public IReadOnlySet<string> KeptPlans { get; }

    /// <summary>Where the journal is kept unless the user names another place.</summary>
    public static string DefaultPath => Environment.GetEnvironmentVariable("PTDIAG_STATE") is { Length: > 0 } folder
        ? Path.Combine(folder, "tuning.jsonl")
        : "/var/lib/ptdiag/tuning.jsonl";

    /// <summary>True when there is a journal; false when there is none. One that may not be looked at is neither.</summary>
    /// <exception cref="TuningException">Whether there is one could not be seen.</exception>
    public static bool IsThere(string path)
    {
        try
        {
            // Unlike File.Exists, which takes a folder that may not be entered for an empty one.
            _ = File.GetAttributes(path);
            return true;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TuningException($"Whether there is a journal {path} cannot be seen ({error.Message.TrimEnd('.')}): run as root.");
        }
    }

    /// <summary>Opens the journal for one writer; a second one is refused with a sentence.</summary>
    public static Journal Open(string path)
    {
        try
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            bool isNew = !File.Exists(path);
            var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            List<JournalEntry> entries = ReadAll(file);
            if (isNew)
            {
                // The name of a new file is on disk only once its folder is.
                MachineFiles.SyncFolder(folder);
            }
            else if (file.Length > 0)
            {
                // A line that was torn by a kill must not swallow the next one.
                file.Seek(-1, SeekOrigin.End);
                if (file.ReadByte() != '\n')
                {
                    file.WriteByte((byte)'\n');
                }
            }

            HashSet<int> undone = [.. entries.Where(entry => entry.State == JournalEntry.Undone).Select(entry => entry.Sequence)];
            file.Seek(0, SeekOrigin.End);
            return new Journal(file, [.. entries.Where(entry => entry.State == JournalEntry.Intent && !undone.Contains(entry.Sequence))],
                entries.Where(entry => entry.State == JournalEntry.Kept && entry.Plan is not null).Select(entry => entry.Plan!).ToHashSet(StringComparer.Ordinal),
                entries.Count == 0 ? 1 : entries.Max(entry => entry.Sequence) + 1);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TuningException($"The journal {path} cannot be opened ({error.Message.TrimEnd('.')}): nothing is changed without it; "
                + "run as root, and only one ptdiag at a time.");
        }
    }

    /// <summary>Records a change that is about to be made and returns its entry. On disk when this returns.</summary>
    /// <exception cref="TuningException">It could not be recorded, so the change must not be made.</exception>
    internal JournalEntry Intend(TuningChange change, Func<JournalEntry, JournalEntry>? complete = null)
    {
        JournalEntry entry = JournalEntry.Of(_next, change);
        entry = complete?.Invoke(entry) ?? entry;
        try
        {
            Append(entry);
        }
        catch (IOException error)
        {
            throw new TuningException($"The journal {_file.Name} cannot be written ({error.Message.TrimEnd('.')}), so {change.Target} is left as it is: make room, then try again.");
        }

        _next++;
        return entry;
    }

    /// <summary>Records that a change was taken back.</summary>
    internal void Undone(int sequence) => TryAppend(new JournalEntry { Sequence = sequence, State = JournalEntry.Undone });

    /// <summary>Records that a plan was applied whole.</summary>
    /// <exception cref="TuningException">It could not be recorded: without it the plan would read as one that was killed.</exception>
    internal void Keep(string plan)
    {
        try
        {
            Append(new JournalEntry { Sequence = _next - 1, State = JournalEntry.Kept, Plan = plan, At = DateTimeOffset.UtcNow });
        }
        catch (IOException error)
        {
            throw new TuningException($"The journal {_file.Name} cannot be written ({error.Message.TrimEnd('.')}): make room, then try again.");
        }
    }

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();

    private static List<JournalEntry> ReadAll(FileStream file)
    {
        var entries = new List<JournalEntry>();
        using var reader = new StreamReader(file, Encoding.UTF8, leaveOpen: true);
        while (reader.ReadLine() is { } line)
        {
            try
            {
                if (line.Length > 0 && JsonSerializer.Deserialize(line, JournalContext.Default.JournalEntry) is { } entry)
                {
                    entries.Add(entry);
                }
            }
            catch (JsonException)
            {
                // Only a line whose writer was killed is torn; its change was never made.
            }
        }

        return entries;
    }

    // A line about what is done already: without it, what was taken back is taken back once more, which changes nothing.
    private void TryAppend(JournalEntry entry)
    {
        try
        {
            Append(entry);
        }
        catch (IOException)
        {
            // A full disk must not keep the rest from being taken back.
        }
    }

    private void Append(JournalEntry entry)
    {
        long end = _file.Position;
        try
        {
            _file.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(entry, JournalContext.Default.JournalEntry) + "\n"));
            _file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // Half a line is taken out again, so that the next one stands alone.
            _file.SetLength(end);
            _file.Seek(end, SeekOrigin.Begin);
            throw;
        }
    }
}
