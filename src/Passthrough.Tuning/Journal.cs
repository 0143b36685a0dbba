using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Passthrough.Tuning;

/// <summary>
/// The record of what was changed: one JSON line before each write, synced to disk before the write is made, and one
/// after its undo. Killed at any point, what is left open can be read and taken back.
/// </summary>
public sealed class Journal : IDisposable
{
    private readonly FileStream _file;
    private int _next;

    private Journal(FileStream file, IReadOnlyList<JournalEntry> open, int next)
    {
        _file = file;
        _next = next;
        LeftOpen = open;
    }

    /// <summary>Changes of an earlier run that were never taken back, oldest first.</summary>
    public IReadOnlyList<JournalEntry> LeftOpen { get; }

    /// <summary>Where the journal is kept unless the user names another place.</summary>
    public static string DefaultPath => Environment.GetEnvironmentVariable("PTDIAG_STATE") is { Length: > 0 } folder
        ? Path.Combine(folder, "tuning.jsonl")
        : "/var/lib/ptdiag/tuning.jsonl";

    /// <summary>Opens the journal for one writer; a second one is refused with a sentence.</summary>
    public static Journal Open(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            List<JournalEntry> entries = ReadAll(file);
            HashSet<int> undone = [.. entries.Where(entry => entry.State == "undone").Select(entry => entry.Sequence)];
            file.Seek(0, SeekOrigin.End);
            return new Journal(file, [.. entries.Where(entry => entry.State == "intent" && !undone.Contains(entry.Sequence))],
                entries.Count == 0 ? 1 : entries.Max(entry => entry.Sequence) + 1);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TuningException($"The journal {path} cannot be opened ({error.Message.TrimEnd('.')}): nothing is changed without it; "
                + "run as root, and only one ptdiag at a time.");
        }
    }

    /// <summary>Records a write that is about to be made and returns its number. On disk when this returns.</summary>
    public int Intend(TuningWrite write)
    {
        int sequence = _next++;
        Append(new JournalEntry(sequence, "intent", write.Path, write.Value, write.Undo?.Path, write.Undo?.Value, write.Undo?.GoneIsDone ?? false));
        return sequence;
    }

    /// <summary>Records that a write was taken back.</summary>
    public void Undone(int sequence) => Append(new JournalEntry(sequence, "undone", "", "", null, null, false));

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
                if (JsonSerializer.Deserialize(line, JournalContext.Default.JournalEntry) is { } entry)
                {
                    entries.Add(entry);
                }
            }
            catch (JsonException)
            {
                // Only the last line can be torn (killed while appending); its write was never made.
            }
        }

        return entries;
    }

    private void Append(JournalEntry entry)
    {
        _file.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(entry, JournalContext.Default.JournalEntry) + "\n"));
        _file.Flush(flushToDisk: true);
    }
}

/// <summary>One line of the journal.</summary>
/// <param name="Sequence">Number of the write.</param>
/// <param name="State">intent (about to be made) or undone.</param>
/// <param name="Path">File written.</param>
/// <param name="Value">Text written.</param>
/// <param name="UndoPath">File that takes it back.</param>
/// <param name="UndoValue">Text that takes it back.</param>
/// <param name="GoneIsDone">A path that no longer exists took the setting with it.</param>
public sealed record JournalEntry(int Sequence, string State, string Path, string Value, string? UndoPath, string? UndoValue, bool GoneIsDone);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(JournalEntry))]
internal sealed partial class JournalContext : JsonSerializerContext;
