namespace Passthrough.Host.Kernel;

/// <summary>Tells text from what is none: a configuration file or a command line holds no control characters.</summary>
internal static class PlainText
{
    /// <summary>False when the text holds a control character other than a blank one, or bytes that were no UTF-8.</summary>
    public static bool IsPlain(string text)
    {
        foreach (char letter in text)
        {
            if (letter == '\uFFFD' || letter == '\u007f' || (letter < ' ' && letter is not (>= '\t' and <= '\r')))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// False for words that cannot be a command line: something of it has a value, or is one of the flags that stand on most lines.
    /// The empty line is one: a kernel may carry its own.
    /// </summary>
    public static bool LooksLikeCommandLine(KernelCommandLine line) => line.Tokens.Count == 0
        || line.Tokens.Any(token => token.Value is not null || Flags.Contains(token.Name));

    private static readonly HashSet<string> Flags = new(StringComparer.Ordinal)
    {
        "ro", "rw", "quiet", "splash", "debug", "single", "nomodeset", "nosmp", "nolapic", "noapic", "nokaslr", "nopti", "rhgb", "verbose",
        "earlyprintk", "ignore_loglevel", "nointremap", "nohz", "nosplash", "text", "textonly", "s", "S", "1", "3", "5",
    };
}
