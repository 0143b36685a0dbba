using System.Globalization;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Usage;

/// <summary>Reads the <c>key=value</c> lines of query answers.</summary>
internal static class QueryContent
{
    /// <summary>The value of a key, null when no line has it.</summary>
    public static string? Value(string text, string key)
    {
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith(key, StringComparison.Ordinal) && line.Length > key.Length && line[key.Length] == '=')
            {
                return line[(key.Length + 1)..].Trim();
            }
        }

        return null;
    }

    /// <summary>Asks a query and parses the value of one key.</summary>
    public static Reading<T> Ask<T>(IEvidence evidence, string query, string key, EvidenceExtensions.TextParser<T> parse)
    {
        Answer answer = evidence.Ask(Question.Query(query));
        if (!answer.IsFound)
        {
            return Reading.Missing<T>(answer.Outcome, query, answer.Why);
        }

        return Value(answer.Text, key) is { } text && parse(text, out T value)
            ? Reading.Of(value, query, $"{key}={text}")
            : Reading.Failed<T>(query, $"it has no {key} of the expected form", answer.Text);
    }

    /// <summary>A decimal number.</summary>
    public static bool Number(string text, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    /// <summary>Permission bits in octal, for example <c>666</c>.</summary>
    public static bool Octal(string text, out int value)
    {
        value = 0;
        foreach (char digit in text)
        {
            if (digit is < '0' or > '7' || value > 0xfff)
            {
                return false;
            }

            value = (value << 3) | (digit - '0');
        }

        return text.Length > 0 && value <= 0xfff;
    }

    /// <summary>A limit in bytes; long.MaxValue for "unlimited" and for what does not fit.</summary>
    public static bool Limit(string text, out long value)
    {
        value = long.MaxValue;
        if (text == "unlimited")
        {
            return true;
        }

        bool isNumber = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number);
        value = number > long.MaxValue ? long.MaxValue : (long)number;
        return isNumber;
    }
}
