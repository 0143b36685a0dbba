using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;

namespace Passthrough.Diagnosis.Checks.Modules;

/// <summary>One command of a modprobe.d file. Source: modprobe.d(5): words apart by blanks, a line that ends in a backslash goes on.</summary>
internal sealed record ModprobeLine(string Path, int Line, string Text, IReadOnlyList<string> Words)
{
    /// <summary>The command: options, blacklist, softdep, install, remove, alias, weakdep.</summary>
    public string Command => Words[0];

    /// <summary>The module, '-' and '_' alike; empty when the line names none.</summary>
    public string Module => Words.Count > 1 ? Words[1].Replace('-', '_') : "";

    /// <summary>The line as evidence.</summary>
    public Citation Citation => new(Path, Line, Reading.Shorten(Text));

    /// <summary>The commands of all modprobe.d files that were read, comments left out.</summary>
    public static IEnumerable<ModprobeLine> All(KernelInfo kernel)
    {
        foreach (ConfigurationFile file in kernel.ModuleConfiguration.Where(file => file.Path.Contains("/modprobe.d/", StringComparison.Ordinal)))
        {
            IReadOnlyList<string> lines = file.Lines.Or([])!;
            for (int i = 0; i < lines.Count; i++)
            {
                int first = i + 1;
                string text = lines[i].Trim();
                while (text.EndsWith('\\') && i + 1 < lines.Count)
                {
                    text = text[..^1] + " " + lines[++i].Trim();
                }

                string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                if (words.Length > 0 && !words[0].StartsWith('#'))
                {
                    yield return new ModprobeLine(file.Path, first, text, words);
                }
            }
        }
    }
}
