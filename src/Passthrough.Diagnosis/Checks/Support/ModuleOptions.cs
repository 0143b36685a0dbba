using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;

namespace Passthrough.Diagnosis.Checks;

/// <summary>Options lines of modprobe.d.</summary>
internal static class ModuleOptions
{
    /// <summary>
    /// The lines "options MODULE … NAME=VALUE …" whose value is accepted; a name without a value counts as "Y", as the kernel
    /// reads a boolean. Module names take '-' and '_' alike. Source: man 5 modprobe.d.
    /// </summary>
    public static IEnumerable<Citation> Find(KernelInfo kernel, string module, string name, Func<string, bool> accepts)
    {
        foreach (ConfigurationFile file in kernel.ModuleConfiguration)
        {
            IReadOnlyList<string> lines = file.Lines.Or([])!;
            for (int i = 0; i < lines.Count; i++)
            {
                string[] words = lines[i].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                if (words.Length > 2 && words[0] == "options" && words[1].Replace('-', '_') == module
                    && words.Skip(2).Any(word => Value(word, name) is { } value && accepts(value)))
                {
                    yield return new Citation(file.Path, i + 1, Reading.Shorten(lines[i]));
                }
            }
        }
    }

    private static string? Value(string word, string name)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string left = equals < 0 ? word : word[..equals];
        return left.Replace('-', '_') == name ? equals < 0 ? "Y" : word[(equals + 1)..].Trim('"') : null;
    }
}
