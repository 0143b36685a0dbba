namespace Passthrough.Host.Evidence;

/// <summary>
/// A leaf of the model that came from one place: the value, how the read went, and where it came from.
/// A text that does not parse is a failed reading, never an exception.
/// </summary>
public readonly record struct Reading<T>
{
    // A machine has hundreds of thousands of these, and most of their sources are never shown: folder and name are put together when asked for.
    private readonly string _place;
    private readonly string? _name;
    private readonly int _line;

    /// <summary>A reading of one source.</summary>
    public Reading(T? value, Outcome outcome, string source, string? excerpt = null, string? why = null, int? line = null)
        : this(value, outcome, (source, null), excerpt, why) => _line = line ?? 0;

    internal Reading(T? value, Outcome outcome, (string Folder, string? Name) place, string? excerpt, string? why)
    {
        (Value, Outcome, Excerpt, Why) = (value, outcome, excerpt, why);
        (_place, _name) = place;
    }

    /// <summary>The value; meaningful only when <see cref="IsKnown"/>.</summary>
    public T? Value { get; init; }

    /// <summary>How the read and the parse went.</summary>
    public Outcome Outcome { get; init; }

    /// <summary>The path or query that was asked.</summary>
    public string Source => _name is null ? _place : _place + "/" + _name;

    /// <summary>The text it was read from (trimmed, at most 200 characters), for evidence in findings.</summary>
    public string? Excerpt { get; init; }

    /// <summary>The reason when not known.</summary>
    public string? Why { get; init; }

    /// <summary>1-based line in the source where the value stands; null when the file is the value.</summary>
    public int? Line => _line == 0 ? null : _line;

    /// <summary>True when the value was read and parsed.</summary>
    public bool IsKnown => Outcome == Outcome.Found;

    /// <summary>True when the source says that the path does not exist: a fact, unlike denied or not recorded.</summary>
    public bool IsAbsent => Outcome == Outcome.Absent;

    /// <summary>The value, or <paramref name="fallback"/> when it is not known.</summary>
    public T? Or(T? fallback) => IsKnown ? Value : fallback;

    /// <inheritdoc />
    public bool Equals(Reading<T> other) => EqualityComparer<T?>.Default.Equals(Value, other.Value) && Outcome == other.Outcome && Source == other.Source
        && Excerpt == other.Excerpt && Why == other.Why && _line == other._line;

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Value, Outcome, Excerpt, Why, _line);
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

    /// <summary>A known value of a file in a folder.</summary>
    internal static Reading<T> In<T>(T value, string folder, string name, string? excerpt = null) =>
        new(value, Outcome.Found, (folder, name), Shorten(excerpt), null);

    /// <summary>A file in a folder that holds no value.</summary>
    internal static Reading<T> MissingIn<T>(Outcome outcome, string folder, string name, string? why, string? excerpt = null) =>
        new(default, outcome, (folder, name), Shorten(excerpt), why);

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
