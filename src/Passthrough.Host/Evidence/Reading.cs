namespace Passthrough.Host.Evidence;

/// <summary>
/// A leaf of the model that came from one place: the value, how the read went, and where it came from.
/// A text that does not parse is a failed reading, never an exception.
/// </summary>
/// <param name="Value">The value; meaningful only when <see cref="IsKnown"/>.</param>
/// <param name="Outcome">How the read and the parse went.</param>
/// <param name="Source">The path or query that was asked.</param>
/// <param name="Excerpt">The text it was read from (trimmed, at most 200 characters), for evidence in findings.</param>
/// <param name="Why">The reason when not known.</param>
/// <param name="Line">1-based line in the source where the value stands; null when the file is the value.</param>
public readonly record struct Reading<T>(T? Value, Outcome Outcome, string Source, string? Excerpt = null, string? Why = null, int? Line = null)
{
    /// <summary>True when the value was read and parsed.</summary>
    public bool IsKnown => Outcome == Outcome.Found;

    /// <summary>True when the source says that the path does not exist: a fact, unlike denied or not recorded.</summary>
    public bool IsAbsent => Outcome == Outcome.Absent;

    /// <summary>The value, or <paramref name="fallback"/> when it is not known.</summary>
    public T? Or(T? fallback) => IsKnown ? Value : fallback;
}

/// <summary>Makes readings.</summary>
public static class Reading
{
    /// <summary>A known value.</summary>
    public static Reading<T> Of<T>(T value, string source, string? excerpt = null, int? line = null) =>
        new(value, Outcome.Found, source, Shorten(excerpt), null, line);

    /// <summary>An answer that holds no value.</summary>
    public static Reading<T> Missing<T>(Outcome outcome, string source, string? why = null) =>
        new(default, outcome, source, null, why);

    /// <summary>A content that does not parse.</summary>
    public static Reading<T> Failed<T>(string source, string why, string? excerpt = null) =>
        new(default, Outcome.Failed, source, Shorten(excerpt), why);

    /// <summary>Trims and cuts an excerpt to what a person reads.</summary>
    public static string? Shorten(string? text)
    {
        if (text is null)
        {
            return null;
        }

        string trimmed = text.Trim();
        return trimmed.Length <= 200 ? trimmed : string.Concat(trimmed.AsSpan(0, 199), "…");
    }
}
