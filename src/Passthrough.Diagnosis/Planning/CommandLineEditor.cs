using System.Text;

namespace Passthrough.Diagnosis.Planning;

/// <summary>
/// Edits one kernel command line and keeps every other byte: blanks, quotes and order. Tokens are split as the kernel splits them (lib/cmdline.c, next_arg),
/// except that a backslash protects the letter behind it, as it does inside the quotes of a shell file.
/// </summary>
internal static class CommandLineEditor
{
    /// <summary>Takes tokens out, each with the blanks before it.</summary>
    public static string Remove(string line, IReadOnlyList<string> tokens)
    {
        var result = new StringBuilder(line.Length);
        int kept = 0;
        foreach ((int start, int end) in Tokens(line))
        {
            if (line[start..end] == "--")
            {
                break;
            }

            if (!tokens.Contains(line[start..end]))
            {
                continue;
            }

            // The blanks before it go along; at the beginning those behind it do.
            int from = start;
            while (from > kept && IsBlank(line[from - 1]))
            {
                from--;
            }

            int to = end;
            if (from == 0)
            {
                while (to < line.Length && line[to] is ' ' or '\t')
                {
                    to++;
                }
            }

            result.Append(line, kept, from - kept);
            kept = to;
        }

        return result.Append(line, kept, line.Length - kept).ToString();
    }

    /// <summary>Adds the tokens that are missing, before a lone "--", which ends the kernel's part.</summary>
    public static string Add(string line, IReadOnlyList<string> tokens)
    {
        int end = line.TrimEnd().Length;
        var present = new HashSet<string>(StringComparer.Ordinal);
        foreach ((int from, int to) in Tokens(line))
        {
            if (line[from..to] == "--")
            {
                end = line[..from].TrimEnd().Length;
                break;
            }

            present.Add(line[from..to]);
        }

        string[] missing = [.. tokens.Where(token => !present.Contains(token)).Distinct()];
        string added = string.Join(' ', missing);
        return missing.Length == 0 ? line : line[..end] + (end > 0 ? " " : "") + added + (end == 0 && line.Length > 0 && !IsBlank(line[0]) ? " " : "") + line[end..];
    }

    /// <summary>The tokens of a line, as places in it.</summary>
    public static IEnumerable<(int Start, int End)> Tokens(string line)
    {
        for (int i = 0; i < line.Length;)
        {
            if (IsBlank(line[i]))
            {
                i++;
                continue;
            }

            int start = i;
            bool inQuotes = false;
            while (i < line.Length && (inQuotes || !IsBlank(line[i])))
            {
                inQuotes ^= line[i] == '"';
                i += line[i] == '\\' && i + 1 < line.Length ? 2 : 1;
            }

            i = Math.Min(i, line.Length);
            yield return (start, i);
        }
    }

    private static bool IsBlank(char letter) => letter is ' ' or (>= '\t' and <= '\r');
}
