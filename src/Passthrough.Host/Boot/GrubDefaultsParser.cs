using Passthrough.Host.Kernel;

namespace Passthrough.Host.Boot;

/// <summary>
/// Reads /etc/default/grub and the drop-in files that are read after it. A normal entry gets GRUB_CMDLINE_LINUX and then
/// GRUB_CMDLINE_LINUX_DEFAULT. Source: the GRUB manual, "Simple configuration handling".
/// </summary>
public static class GrubDefaultsParser
{
    private const string All = "GRUB_CMDLINE_LINUX";
    private const string Normal = "GRUB_CMDLINE_LINUX_DEFAULT";

    /// <summary>The command line of normal entries; null when no file sets either variable.</summary>
    public static StagedLine? Parse(IReadOnlyList<ConfigurationFile> files)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var places = new Dictionary<string, List<StagedToken>>(StringComparer.Ordinal) { [All] = [], [Normal] = [] };
        bool isSet = false;
        foreach (ConfigurationFile file in files)
        {
            foreach ((string name, bool appends, string text, int line) in Assignments(file.Lines.Or([])!))
            {
                string value = ShellWords.Value(text, key => values.GetValueOrDefault(key, ""));
                values[name] = appends ? values.GetValueOrDefault(name, "") + value : value;
                if (places.TryGetValue(name, out List<StagedToken>? tokens))
                {
                    isSet = true;
                    places[name] = Place(tokens, values[name], file.Path, line);
                }
            }
        }

        return isSet ? new StagedLine { Kind = StagedKind.GrubDefaults, Path = files[0].Path, Tokens = [.. places[All], .. places[Normal]] } : null;
    }

    /// <summary>True when some line is a comment or an assignment: a file without any is no shell file of this kind.</summary>
    public static bool LooksLikeDefaults(IReadOnlyList<string> lines) => lines.Count == 0 || lines.All(string.IsNullOrWhiteSpace)
        || lines.Any(line => line.TrimStart().StartsWith('#')) || Assignments(lines).Any();

    private static IEnumerable<(string Name, bool Appends, string Text, int Line)> Assignments(IReadOnlyList<string> lines)
    {
        for (int i = 0; i < lines.Count; i++)
        {
            int first = i + 1;
            string line = lines[i].Trim();
            while (line.EndsWith('\\') && i + 1 < lines.Count)
            {
                line = line[..^1] + lines[++i].Trim();
            }

            line = line.StartsWith("export ", StringComparison.Ordinal) ? line[7..].TrimStart() : line;
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                continue;
            }

            bool appends = line[equals - 1] == '+';
            string name = line[..(appends ? equals - 1 : equals)];
            if (name.Length > 0 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'))
            {
                yield return (name, appends, line[(equals + 1)..], first);
            }
        }
    }

    // A token that was there before keeps its own line: the assignment that repeats "$GRUB_CMDLINE_LINUX" did not bring it.
    private static List<StagedToken> Place(List<StagedToken> before, string text, string path, int line)
    {
        List<StagedToken> old = [.. before];
        var result = new List<StagedToken>();
        foreach (CommandLineToken token in CommandLineParser.Parse(text).Tokens)
        {
            int known = old.FindIndex(item => item.Token.Text == token.Text);
            result.Add(known < 0 ? new StagedToken(token, path, line) : old[known]);
            if (known >= 0)
            {
                old.RemoveAt(known);
            }
        }

        return result;
    }
}
