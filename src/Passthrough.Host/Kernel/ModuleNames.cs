using System.Text;

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
    public static IReadOnlySet<string> FromPaths(string text) => FromPaths(Encoding.UTF8.GetBytes(text));

    /// <summary>The same from a file's bytes: modules.dep is half a megabyte, of which the names are a tenth.</summary>
    public static IReadOnlySet<string> FromPaths(ReadOnlySpan<byte> text)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (Range range in text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> path = text[range].Trim(" \t\r"u8);
            if (path.StartsWith("#"u8))
            {
                continue;
            }

            int colon = path.IndexOf((byte)':');
            path = colon < 0 ? path : path[..colon];
            path = path[(path.LastIndexOf((byte)'/') + 1)..];
            int suffix = path.LastIndexOf(".ko"u8);
            if (suffix > 0 && IsPacking(path[(suffix + 3)..]))
            {
                names.Add(Normalise(Encoding.UTF8.GetString(path[..suffix])));
            }
        }

        return names;
    }

    private static bool IsPacking(ReadOnlySpan<byte> suffix) => suffix.IsEmpty || suffix.SequenceEqual(".xz"u8) || suffix.SequenceEqual(".gz"u8)
        || suffix.SequenceEqual(".zst"u8) || suffix.SequenceEqual(".bz2"u8) || suffix.SequenceEqual(".lzma"u8);

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
