using Passthrough.Host.Kernel;

namespace Passthrough.Host.Boot;

/// <summary>
/// Reads one entry of the Boot Loader Specification: a key and a value a line, <c>options</c> may repeat. GRUB's entries may
/// hold variables (<c>$kernelopts</c>, <c>$tuned_params</c>), which stand in grubenv or grub.cfg.
/// Source: the UAPI group's Boot Loader Specification, type 1; Fedora's blscfg.
/// </summary>
public static class LoaderEntryParser
{
    /// <summary>
    /// The entry; null when the text names no kernel. <paramref name="unresolved"/> names a variable whose value is not known: then
    /// tokens are missing from the result.
    /// </summary>
    public static StagedLine? Parse(ConfigurationFile file, Func<string, string?> variable, out string? unresolved)
    {
        string? title = null, kernel = null, missing = null;
        var tokens = new List<StagedToken>();
        IReadOnlyList<string> lines = file.Lines.Or([])!;
        for (int i = 0; i < lines.Count; i++)
        {
            string line = lines[i].Trim();
            int blank = line.IndexOfAny([' ', '\t']);
            if (blank < 0 || line.StartsWith('#'))
            {
                continue;
            }

            string value = line[blank..].Trim();
            switch (line[..blank])
            {
                case "title":
                    title = value;
                    break;
                case "linux" or "efi" or "uki":
                    kernel = value;
                    break;
                case "options":
                    foreach (CommandLineToken token in CommandLineParser.Parse(value).Tokens)
                    {
                        tokens.AddRange(Resolve(token, variable, ref missing).Select(item => new StagedToken(item, file.Path, i + 1)));
                    }

                    break;
                default:
                    break;
            }
        }

        unresolved = missing;
        string name = file.Path[(file.Path.LastIndexOf('/') + 1)..];
        return kernel is null ? null : new StagedLine
        {
            Kind = StagedKind.LoaderEntry,
            Path = file.Path,
            Title = title,
            Kernel = kernel,
            Tokens = tokens,
            IsRecovery = name.Contains("rescue", StringComparison.OrdinalIgnoreCase)
                || title?.Contains("rescue", StringComparison.OrdinalIgnoreCase) == true,
        };
    }

    private static IReadOnlyList<CommandLineToken> Resolve(CommandLineToken token, Func<string, string?> variable, ref string? missing)
    {
        if (!token.Text.StartsWith('$'))
        {
            return [token];
        }

        string name = token.Text[1..].Trim('{', '}');
        if (variable(name) is { } text)
        {
            return CommandLineParser.Parse(text).Tokens;
        }

        // tuned_params is empty wherever tuned never set it.
        missing = name == "kernelopts" ? name : missing;
        return [];
    }
}
