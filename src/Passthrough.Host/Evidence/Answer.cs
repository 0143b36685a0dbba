using System.Text;

namespace Passthrough.Host.Evidence;

/// <summary>What came back for a question. Content is empty unless the outcome is <see cref="Outcome.Found"/>.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="Content">The bytes, as read.</param>
/// <param name="Why">For Failed and Withheld (and where known for others): the reason in words, for example "EIO".</param>
public sealed record Answer(Outcome Outcome, ReadOnlyMemory<byte> Content, string? Why = null)
{
    private readonly string[]? _names;

    /// <summary>There is no such path.</summary>
    public static readonly Answer Absent = new(Outcome.Absent, ReadOnlyMemory<byte>.Empty);

    /// <summary>Permission was refused.</summary>
    public static readonly Answer Denied = new(Outcome.Denied, ReadOnlyMemory<byte>.Empty);

    /// <summary>The source never asked this of the machine, so it cannot know.</summary>
    public static readonly Answer NotRecorded = new(Outcome.NotRecorded, ReadOnlyMemory<byte>.Empty);

    /// <summary>Found, with these bytes.</summary>
    public static Answer Of(ReadOnlyMemory<byte> content) => new(Outcome.Found, content);

    /// <summary>
    /// Found: a folder with these names, in ordinal order. Each is text without a line feed; the content is made when it is asked for, because
    /// most of the listings of a run are only looked through.
    /// </summary>
    internal static Answer OfNames(string[] names) => new(Outcome.Found, names);

    private Answer(Outcome outcome, string[] names)
        : this(outcome, ReadOnlyMemory<byte>.Empty) => _names = names;

    /// <summary>The bytes, as read; of a listing the names, separated by line feeds.</summary>
    public ReadOnlyMemory<byte> Content
    {
        get => _names is null ? field : Encoding.UTF8.GetBytes(string.Join('\n', _names));
        init
        {
            field = value;
            _names = null;
        }
    } = Content;

    /// <summary>A listing whose names were looked at when it was made: it holds nothing that is no text.</summary>
    internal bool IsCleanListing => _names is not null;

    /// <summary>Found, with this text in UTF-8.</summary>
    public static Answer Of(string text) => new(Outcome.Found, Encoding.UTF8.GetBytes(text));

    /// <summary>The read went wrong for a reason other than absence or permission.</summary>
    public static Answer Failed(string why) => new(Outcome.Failed, ReadOnlyMemory<byte>.Empty, why);

    /// <summary>Not asked, because asking would have disturbed the machine (a suspended device, a destructive file).</summary>
    public static Answer Withheld(string why) => new(Outcome.Withheld, ReadOnlyMemory<byte>.Empty, why);

    /// <summary>True when content is there.</summary>
    public bool IsFound => Outcome == Outcome.Found;

    /// <summary>The content as text: UTF-8, invalid bytes replaced, so that no byte sequence can throw.</summary>
    public string Text => Encoding.UTF8.GetString(Content.Span);

    /// <summary>The content of a List answer as names; empty unless found.</summary>
    public string[] Names => _names ?? (IsFound && Content.Length > 0
        ? Text.Split('\n', StringSplitOptions.RemoveEmptyEntries) : []);

    /// <inheritdoc />
    public bool Equals(Answer? other) =>
        other is not null && Outcome == other.Outcome && Why == other.Why && Content.Span.SequenceEqual(other.Content.Span);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Outcome, Why);
}

/// <summary>What happened to a question. Absent, denied and never asked stay three different things.</summary>
public enum Outcome
{
    /// <summary>The answer is there.</summary>
    Found,

    /// <summary>There is no such path on the machine.</summary>
    Absent,

    /// <summary>The machine refused (EACCES, EPERM).</summary>
    Denied,

    /// <summary>The read failed, or what was read does not parse.</summary>
    Failed,

    /// <summary>Asking would have disturbed the machine, so it was not asked.</summary>
    Withheld,

    /// <summary>The source (a bundle, a partial tree) does not hold the answer.</summary>
    NotRecorded,
}
