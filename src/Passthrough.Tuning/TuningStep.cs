namespace Passthrough.Tuning;

/// <summary>
/// One change with its undo: what belongs together. A step is applied change by change; each is recorded in the journal before it is made.
/// </summary>
/// <param name="Title">What it changes, current → wanted, in one line.</param>
/// <param name="Reason">Why: check ids or the factor of a study.</param>
/// <param name="Changes">The changes, in order; undone in reverse.</param>
public sealed record TuningStep(string Title, string Reason, IReadOnlyList<TuningChange> Changes)
{
    /// <summary>Tokens that the next boot's command line must hold because of this step.</summary>
    public IReadOnlyList<string> TokensAdded { get; init; } = [];

    /// <summary>Tokens that the next boot's command line must no longer hold.</summary>
    public IReadOnlyList<string> TokensRemoved { get; init; } = [];
}

/// <summary>One change of a machine.</summary>
public abstract record TuningChange
{
    private protected TuningChange()
    {
    }

    /// <summary>What it is done to, for a sentence: a path, or a command.</summary>
    public abstract string Target { get; }
}

/// <summary>One write to a file of the kernel, and the write that takes it back. It lasts until the next boot.</summary>
/// <param name="Path">The file to write.</param>
/// <param name="Value">The text to write.</param>
/// <param name="Undo">The write that takes it back; null when the next write's undo covers it.</param>
/// <param name="Expect">What must be seen afterwards; null when nothing can be read back.</param>
public sealed record TuningWrite(string Path, string Value, UndoWrite? Undo, Expectation? Expect) : TuningChange
{
    /// <inheritdoc />
    public override string Target => Path;
}

/// <summary>A file that gets another content, or is made. It lasts beyond a boot.</summary>
/// <param name="Path">The file.</param>
/// <param name="Before">Every byte that it holds; null when it is not there.</param>
/// <param name="After">Every byte that it is to hold.</param>
public sealed record FileChange(string Path, ReadOnlyMemory<byte>? Before, ReadOnlyMemory<byte> After) : TuningChange
{
    /// <summary>Folders above a new file that are not there and are made with it, the outermost first.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>Programs to run once the file is as it was, because they made other files from it.</summary>
    public IReadOnlyList<IReadOnlyList<string>> UndoTools { get; init; } = [];

    /// <inheritdoc />
    public override string Target => Path;
}

/// <summary>Other permissions of a node below /dev, which lasts until the next boot.</summary>
/// <param name="Path">The node.</param>
/// <param name="Mode">The permissions to set.</param>
/// <param name="Before">The permissions now.</param>
public sealed record ModeChange(string Path, UnixFileMode Mode, UnixFileMode Before) : TuningChange
{
    /// <inheritdoc />
    public override string Target => Path;
}

/// <summary>A program of the fixed list that is run.</summary>
/// <param name="Words">Program and arguments.</param>
/// <param name="UndoWords">Program and arguments that take it back; null when the undo of another change does.</param>
/// <param name="EndsWithBoot">What it did ends with the boot (a loaded module).</param>
public sealed record ToolRun(IReadOnlyList<string> Words, IReadOnlyList<string>? UndoWords, bool EndsWithBoot = false) : TuningChange
{
    /// <inheritdoc />
    public override string Target => string.Join(' ', Words);
}

/// <summary>The write that takes a change back.</summary>
/// <param name="Path">The file to write.</param>
/// <param name="Value">The text to write.</param>
/// <param name="GoneIsDone">True when a path that no longer exists took the setting with it (an interrupt that was freed).</param>
public sealed record UndoWrite(string Path, string Value, bool GoneIsDone = false);

/// <summary>
/// What must be seen after a write: a write that "succeeds" and changes nothing is a failure (drivers_probe reports
/// success even when no driver claims the device).
/// </summary>
/// <param name="Kind">How to compare.</param>
/// <param name="Path">The file or link to look at.</param>
/// <param name="Value">The value to find.</param>
public sealed record Expectation(ExpectationKind Kind, string Path, string Value);

/// <summary>How an expectation is compared.</summary>
public enum ExpectationKind
{
    /// <summary>The file's trimmed text equals the value.</summary>
    Text,

    /// <summary>The file's number is at least the value.</summary>
    AtLeast,

    /// <summary>The link's last name equals the value; an empty value means that the link must be gone.</summary>
    Link,

    /// <summary>The file's CPU list is the same set as the value.</summary>
    CpuList,

    /// <summary>The file's CPU mask is the same set as the value.</summary>
    CpuMask,
}

/// <summary>A change could not be made or taken back: one sentence that names the path and what to do.</summary>
public sealed class TuningException(string sentence) : Exception(sentence);
