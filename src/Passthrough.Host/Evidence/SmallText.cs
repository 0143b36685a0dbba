using System.Text;

namespace Passthrough.Host.Evidence;

/// <summary>
/// Short texts that stand in thousands of files and folders (<c>power_state</c>, <c>0x8086</c>, <c>active</c>): a thread keeps those it met last, so
/// that each is one object and not thousands.
/// </summary>
internal static class SmallText
{
    private const int Longest = 32;
    private const int Places = 1024;

    [ThreadStatic]
    private static string?[]? _met;

    [ThreadStatic]
    private static Answer?[]? _answers;

    /// <summary>The text of UTF-8 bytes; invalid ones are replaced.</summary>
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > Longest)
        {
            return Encoding.UTF8.GetString(bytes);
        }

        ref string? place = ref (_met ??= new string?[Places])[PlaceOf(bytes)];
        if (place is null || !Ascii.Equals(bytes, place))
        {
            place = Encoding.UTF8.GetString(bytes);
        }

        return place;
    }

    /// <summary>The same without white space at its ends.</summary>
    public static string Trimmed(ReadOnlySpan<byte> bytes)
    {
        // What is white space beyond ASCII only the text can tell.
        return bytes.Length <= Longest * 2 && Ascii.IsValid(bytes) ? Of(bytes[Ascii.Trim(bytes)]) : Encoding.UTF8.GetString(bytes).Trim();
    }

    /// <summary>A found answer with these bytes, which the caller may use again.</summary>
    public static Answer Answer(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > Longest)
        {
            return Evidence.Answer.Of(bytes.ToArray());
        }

        ref Answer? place = ref (_answers ??= new Answer?[Places])[PlaceOf(bytes)];
        if (place is null || !place.Content.Span.SequenceEqual(bytes))
        {
            place = Evidence.Answer.Of(bytes.ToArray());
        }

        return place;
    }

    private static uint PlaceOf(ReadOnlySpan<byte> bytes)
    {
        // FNV-1a.
        uint hash = 2166136261;
        foreach (byte value in bytes)
        {
            hash = (hash ^ value) * 16777619;
        }

        return (hash ^ (hash >> 16)) % Places;
    }
}
