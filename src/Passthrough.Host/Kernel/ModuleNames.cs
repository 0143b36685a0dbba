namespace Passthrough.Host.Kernel;

/// <summary>Parses the lists that name modules. Names come out with '_', as the kernel itself writes them.</summary>
public static class ModuleNames
{
    /// <summary>Names of /proc/modules: the first word of each line.</summary>
    public static IReadOnlySet<string> Loaded(string text)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> trimmed = line.Trim();
            int blank = trimmed.IndexOfAny(' ', '\t');
            Add(names, blank < 0 ? trimmed : trimmed[..blank]);
        }

        return names;
    }

    /// <summary>Names of modules.builtin (one path a line) or modules.dep ("path: dependencies").</summary>
    public static IReadOnlySet<string> FromPaths(string text)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> path = line.Trim();
            if (path.StartsWith('#'))
            {
                continue;
            }

            int colon = path.IndexOf(':');
            path = colon < 0 ? path : path[..colon];
            path = path[(path.LastIndexOf('/') + 1)..];
            int suffix = path.LastIndexOf(".ko", StringComparison.Ordinal);
            if (suffix > 0 && path[(suffix + 3)..] is "" or ".xz" or ".gz" or ".zst" or ".bz2" or ".lzma")
            {
                Add(names, path[..suffix]);
            }
        }

        return names;
    }

    /// <summary>The name with '_' for '-': both mean the same module.</summary>
    public static string Normalise(string name) => name.Replace('-', '_');

    private static void Add(HashSet<string> names, ReadOnlySpan<char> name)
    {
        if (name.Length > 0)
        {
            names.Add(Normalise(name.ToString()));
        }
    }
}
