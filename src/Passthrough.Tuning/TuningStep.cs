namespace Passthrough.Tuning;

/// <summary>
/// One change with its undo: a list of writes that belong together. A step is applied write by write; each write is
/// recorded in the journal before it is made.
/// </summary>
/// <param name="Title">What it changes, current → wanted, in one line.</param>
/// <param name="Reason">Why: check ids or the factor of a study.</param>
/// <param name="Writes">The writes, in order; undone in reverse.</param>
public sealed record TuningStep(string Title, string Reason, IReadOnlyList<TuningWrite> Writes);

/// <summary>One write to a file of the kernel, and the write that takes it back.</summary>
/// <param name="Path">The file to write.</param>
/// <param name="Value">The text to write.</param>
/// <param name="Undo">The write that takes it back; null when the next write's undo covers it.</param>
/// <param name="Expect">What must be seen afterwards; null when nothing can be read back.</param>
public sealed record TuningWrite(string Path, string Value, UndoWrite? Undo, Expectation? Expect);

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
