using System.Text;

namespace Passthrough.Host.Kernel;

/// <summary>Parses a kernel .config: y, m, n ("is not set"), strings and numbers. Source: Documentation/kbuild/kconfig.rst.</summary>
public static class KernelConfigParser
{
    private const string Prefix = "CONFIG_";
    private const string NotSet = " is not set";

    /// <summary>Symbols with their values; empty when no line is a setting.</summary>
    public static IReadOnlyDictionary<string, string> Parse(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> line = raw.Trim();
            if (line.StartsWith(Prefix, StringComparison.Ordinal))
            {
                int equals = line.IndexOf('=');
                if (equals > Prefix.Length)
                {
                    values[line[..equals].ToString()] = Unquote(line[(equals + 1)..]);
                }
            }
            else if (line.StartsWith("# " + Prefix, StringComparison.Ordinal) && line.EndsWith(NotSet, StringComparison.Ordinal)
                && line.Length > 2 + Prefix.Length + NotSet.Length)
            {
                values[line[2..^NotSet.Length].ToString()] = "n";
            }
        }

        return values;
    }

    private static string Unquote(ReadOnlySpan<char> value)
    {
        if (value.Length < 2 || value[0] != '"' || value[^1] != '"')
        {
            return value.ToString();
        }

        // Inside quotes a backslash protects a quote or a backslash.
        var plain = new StringBuilder(value.Length);
        ReadOnlySpan<char> inner = value[1..^1];
        for (int i = 0; i < inner.Length; i++)
        {
            if (inner[i] == '\\' && i + 1 < inner.Length)
            {
                i++;
            }

            plain.Append(inner[i]);
        }

        return plain.ToString();
    }
}
