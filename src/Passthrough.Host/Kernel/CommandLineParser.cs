namespace Passthrough.Host.Kernel;

/// <summary>
/// Splits a kernel command line as the kernel does (lib/cmdline.c, next_arg): blanks separate, double quotes protect
/// blanks anywhere in a token, and a lone "--" ends the kernel's part.
/// </summary>
public static class CommandLineParser
{
    /// <summary>Parses the line. Accepts any text.</summary>
    public static KernelCommandLine Parse(string text)
    {
        string line = text.Trim();
        var tokens = new List<CommandLineToken>();
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
                i++;
            }

            CommandLineToken token = Token(line[start..i]);
            if (token.Value is null && token.Name == "--")
            {
                break;
            }

            tokens.Add(token);
        }

        return new KernelCommandLine(line, tokens);
    }

    private static CommandLineToken Token(string text)
    {
        string body = text;
        bool isQuoted = body[0] == '"';
        if (isQuoted)
        {
            body = body[1..];
        }

        // An '=' in the first place starts no value: the kernel takes position 0 for "none found".
        int equals = body.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            return new CommandLineToken(text, isQuoted ? WithoutLastQuote(body) : body, null);
        }

        string value = body[(equals + 1)..];
        if (value.StartsWith('"'))
        {
            value = WithoutLastQuote(value[1..]);
        }
        else if (isQuoted)
        {
            value = WithoutLastQuote(value);
        }

        return new CommandLineToken(text, body[..equals], value);
    }

    private static string WithoutLastQuote(string text) => text.EndsWith('"') ? text[..^1] : text;

    private static bool IsBlank(char letter) => letter is ' ' or (>= '\t' and <= '\r');
}
