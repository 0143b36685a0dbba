using System.Text.Json.Serialization;

namespace Passthrough.Tuning;

/// <summary>One line of the journal. Members that a kind of change does not have are absent.</summary>
public sealed record JournalEntry
{
    /// <summary>A change that is about to be made.</summary>
    public const string Intent = "intent";

    /// <summary>A change that was taken back, or that ended by itself.</summary>
    public const string Undone = "undone";

    /// <summary>A plan whose every step was made and stays.</summary>
    public const string Kept = "kept";

    /// <summary>Number of the change; of <see cref="Kept"/>, of the plan's last change.</summary>
    public required int Sequence { get; init; }

    /// <summary><see cref="Intent"/>, <see cref="Undone"/> or <see cref="Kept"/>.</summary>
    public required string State { get; init; }

    /// <summary>write, file, mode or tool; journals of earlier versions hold writes alone and do not say so.</summary>
    public string? Kind { get; init; }

    /// <summary>File written; empty for a program.</summary>
    public string Path { get; init; } = "";

    /// <summary>Text written, or permissions set in octal; empty for a file's content.</summary>
    public string Value { get; init; } = "";

    /// <summary>File that takes it back.</summary>
    public string? UndoPath { get; init; }

    /// <summary>Text that takes it back, or permissions in octal.</summary>
    public string? UndoValue { get; init; }

    /// <summary>A path that no longer exists took the setting with it.</summary>
    public bool GoneIsDone { get; init; }

    /// <summary>Every byte of a changed file before; null when it was not there.</summary>
    public byte[]? Before { get; init; }

    /// <summary>Every byte that was written to it.</summary>
    public byte[]? After { get; init; }

    /// <summary>Folders that were made for a new file, the outermost first.</summary>
    public IReadOnlyList<string>? Folders { get; init; }

    /// <summary>Program and arguments.</summary>
    public IReadOnlyList<string>? Words { get; init; }

    /// <summary>Program and arguments that take it back.</summary>
    public IReadOnlyList<string>? UndoWords { get; init; }

    /// <summary>Programs to run once a file is as it was.</summary>
    public IReadOnlyList<IReadOnlyList<string>>? UndoTools { get; init; }

    /// <summary>What was changed ends with the boot in which it was changed.</summary>
    public bool EndsWithBoot { get; init; }

    /// <summary>The boot in which the change was made (/proc/sys/kernel/random/boot_id); null when it could not be read.</summary>
    public string? Boot { get; init; }

    /// <summary>When, UTC.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Title of its step.</summary>
    public string? Step { get; init; }

    /// <summary>The plan that the step belongs to; null for a change of a run, which takes it back itself.</summary>
    public string? Plan { get; init; }

    /// <summary>Tokens that the next boot's command line must hold.</summary>
    public IReadOnlyList<string>? TokensAdded { get; init; }

    /// <summary>Tokens that it must no longer hold.</summary>
    public IReadOnlyList<string>? TokensRemoved { get; init; }

    /// <summary>The change ended with an earlier boot, so that nothing is left to take back.</summary>
    public bool HasLapsed(string? bootNow) => EndsWithBoot && Boot is not null && bootNow is not null && Boot != bootNow;

    /// <summary>The entry of a change that is about to be made.</summary>
    internal static JournalEntry Of(int sequence, TuningChange change) => change switch
    {
        TuningWrite write => new()
        {
            Sequence = sequence,
            State = Intent,
            Kind = "write",
            Path = write.Path,
            Value = write.Value,
            EndsWithBoot = true,
            UndoPath = write.Undo?.Path,
            UndoValue = write.Undo?.Value,
            GoneIsDone = write.Undo?.GoneIsDone ?? false,
        },
        FileChange file => new()
        {
            Sequence = sequence,
            State = Intent,
            Kind = "file",
            Path = file.Path,
            Before = file.Before?.ToArray(),
            After = file.After.ToArray(),
            Folders = file.Folders.Count == 0 ? null : file.Folders,
            UndoTools = file.UndoTools.Count == 0 ? null : file.UndoTools,
        },
        ModeChange mode => new()
        {
            Sequence = sequence,
            State = Intent,
            Kind = "mode",
            Path = mode.Path,
            Value = Octal(mode.Mode),
            UndoValue = Octal(mode.Before),
            EndsWithBoot = true,
        },
        ToolRun tool => new()
        {
            Sequence = sequence,
            State = Intent,
            Kind = "tool",
            Words = tool.Words,
            UndoWords = tool.UndoWords,
            EndsWithBoot = tool.EndsWithBoot,
        },
        _ => throw new ArgumentOutOfRangeException(nameof(change)),
    };

    internal static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(JournalEntry))]
internal sealed partial class JournalContext : JsonSerializerContext;
