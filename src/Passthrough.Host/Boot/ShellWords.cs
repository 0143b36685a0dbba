using System.Text;

namespace Passthrough.Host.Boot;

/// <summary>The little of a shell that boot-loader files use: quotes, escapes and variables.</summary>
internal static class ShellWords
{
    /// <summary>
    /// The text of a right-hand side: quotes taken off, escapes resolved, known variables put in. A command substitution or an
    /// unknown variable leaves nothing behind.
    /// </summary>
    public static string Value(string text, Func<string, string?> variable)
    {
        var result = new StringBuilder(text.Length);
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char letter = text[i];
            if (quote == '\'')
            {
                quote = letter == '\'' ? '\0' : quote;
                _ = letter == '\'' ? result : result.Append(letter);
            }
            else if (letter == '\\' && i + 1 < text.Length)
            {
                result.Append(text[++i]);
            }
            else if (letter == '"' || (letter == '\'' && quote == '\0'))
            {
                quote = letter == quote ? '\0' : letter;
            }
            else if (letter == '$')
            {
                i = Expand(text, i, variable, result);
            }
            else if (quote == '\0' && (letter is ' ' or '\t' or ';' or '#'))
            {
                break;
            }
            else
            {
                result.Append(letter);
            }
        }

        return result.ToString();
    }

    private static int Expand(string text, int dollar, Func<string, string?> variable, StringBuilder result)
    {
        int start = dollar + 1;
        if (start < text.Length && text[start] == '(')
        {
            int close = text.IndexOf(')', start);
            return close < 0 ? text.Length - 1 : close;
        }

        bool braces = start < text.Length && text[start] == '{';
        start += braces ? 1 : 0;
        int end = start;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
        {
            end++;
        }

        result.Append(variable(text[start..end]));
        if (!braces)
        {
            return end - 1;
        }

        int brace = text.IndexOf('}', end);
        return brace < 0 ? text.Length - 1 : brace;
    }
}
