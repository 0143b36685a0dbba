using System.Globalization;

namespace Passthrough.Host.Evidence;

/// <summary>Short forms of the common questions, so that readers stay one line a fact.</summary>
public static class EvidenceExtensions
{
    /// <summary>A parser of trimmed text: false when the text is not of the expected form.</summary>
    public delegate bool TextParser<T>(string text, out T value);

    /// <summary>Reads the file and parses its trimmed text.</summary>
    public static Reading<T> Read<T>(this IEvidence evidence, string path, TextParser<T> parse)
    {
        Answer answer = evidence.Ask(Question.Read(path));
        if (!answer.IsFound)
        {
            return Reading.Missing<T>(answer.Outcome, path, answer.Why);
        }

        string text = SmallText.Trimmed(answer.Content.Span);
        return parse(text, out T value)
            ? Reading.Of(value, path, text)
            : Reading.Failed<T>(path, "its text is not of the expected form", text);
    }

    /// <summary>Reads the file as trimmed text.</summary>
    public static Reading<string> ReadText(this IEvidence evidence, string path) =>
        evidence.Read(path, static (string text, out string value) =>
        {
            value = text;
            return true;
        });

    /// <summary>Reads a decimal number, possibly negative.</summary>
    public static Reading<long> ReadNumber(this IEvidence evidence, string path) => evidence.Read<long>(path, TryNumber);

    /// <summary>Reads a hexadecimal number with or without <c>0x</c>.</summary>
    public static Reading<ulong> ReadHex(this IEvidence evidence, string path) =>
        evidence.Read(path, static (string text, out ulong value) =>
            ulong.TryParse(text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text.AsSpan(2) : text,
                NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value));

    /// <summary>Reads a kernel boolean: <c>Y/N</c>, <c>y/n</c> or <c>1/0</c>.</summary>
    public static Reading<bool> ReadFlag(this IEvidence evidence, string path) => evidence.Read<bool>(path, TryFlag);

    /// <summary>Parses a decimal number, possibly negative.</summary>
    internal static bool TryNumber(string text, out long value) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    /// <summary>Parses a kernel boolean.</summary>
    internal static bool TryFlag(string text, out bool value)
    {
        value = text is "Y" or "y" or "1";
        return value || text is "N" or "n" or "0";
    }

    /// <summary>The last name of a link's target, for example the driver or the group number.</summary>
    public static Reading<string> ReadLinkName(this IEvidence evidence, string path)
    {
        Answer answer = evidence.Ask(Question.Link(path));
        if (!answer.IsFound)
        {
            return Reading.Missing<string>(answer.Outcome, path, answer.Why);
        }

        string target = answer.Text.TrimEnd('/', '\n');
        string name = target[(target.LastIndexOf('/') + 1)..];
        return name.Length > 0
            ? Reading.Of(name, path, target)
            : Reading.Failed<string>(path, "the link is empty");
    }

    /// <summary>The names in a folder.</summary>
    public static Reading<IReadOnlyList<string>> List(this IEvidence evidence, string path)
    {
        Answer answer = evidence.Ask(Question.List(path));
        return answer.IsFound
            ? Reading.Of<IReadOnlyList<string>>(answer.Names, path)
            : Reading.Missing<IReadOnlyList<string>>(answer.Outcome, path, answer.Why);
    }
}
