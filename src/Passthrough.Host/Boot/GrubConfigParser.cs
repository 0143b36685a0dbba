using Passthrough.Host.Kernel;

namespace Passthrough.Host.Boot;

/// <summary>Reads the entries of a generated grub.cfg: each linux line is one.</summary>
public static class GrubConfigParser
{
    /// <summary>The entries in order; empty when the text has no linux line.</summary>
    public static IReadOnlyList<StagedLine> Parse(ConfigurationFile file)
    {
        var entries = new List<StagedLine>();
        string? title = null;
        IReadOnlyList<string> lines = file.Lines.Or([])!;
        for (int i = 0; i < lines.Count; i++)
        {
            string line = lines[i].Trim();
            string word = FirstWord(line);
            if (word is "menuentry" or "submenu")
            {
                title = ShellWords.Value(line[word.Length..].Trim(), static _ => "");
            }
            else if (word is "linux" or "linux16" or "linuxefi")
            {
                entries.Add(Entry(file.Path, i + 1, title, line[word.Length..].Trim()));
            }
        }

        return entries;
    }

    /// <summary>The value of <c>set kernelopts="…"</c>, which BLS entries refer to; null when there is none.</summary>
    public static string? KernelOptions(IReadOnlyList<string> lines)
    {
        const string start = "set kernelopts=";
        string? line = lines.Select(item => item.Trim()).FirstOrDefault(item => item.StartsWith(start, StringComparison.Ordinal));
        return line is null ? null : ShellWords.Value(line[start.Length..], static _ => "");
    }

    private static StagedLine Entry(string path, int line, string? title, string text)
    {
        string kernel = FirstWord(text);
        StagedToken[] tokens = [.. CommandLineParser.Parse(text[kernel.Length..]).Tokens
            .Where(token => !token.Text.StartsWith('$')).Select(token => new StagedToken(token, path, line))];
        return new StagedLine
        {
            Kind = StagedKind.GrubEntry,
            Path = path,
            Title = title,
            Kernel = kernel,
            Tokens = tokens,
            IsRecovery = title?.Contains("recovery", StringComparison.OrdinalIgnoreCase) == true
                || title?.Contains("rescue", StringComparison.OrdinalIgnoreCase) == true
                || tokens.Any(item => item.Token.Text is "single" or "recovery" or "rescue"),
        };
    }

    private static string FirstWord(string text)
    {
        int blank = text.IndexOfAny([' ', '\t']);
        return blank < 0 ? text : text[..blank];
    }
}
