using System.Globalization;

namespace Passthrough.Host.Memory;

/// <summary>
/// Parses /proc/meminfo ("MemTotal:  16 kB") and a node's meminfo ("Node 0 MemTotal:  16 kB").
/// Sources: Documentation/filesystems/proc.rst, Documentation/ABI/stable/sysfs-devices-node.
/// </summary>
public static class MemInfoParser
{
    /// <summary>Keys without their colon, and values in bytes where the line ends in kB, plain counts elsewhere.</summary>
    public static IReadOnlyDictionary<string, long> Parse(string text)
    {
        var values = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            int colon = line.IndexOf(':');
            if (colon <= 0)
            {
                continue;
            }

            ReadOnlySpan<char> key = WithoutNode(line[..colon].Trim());
            ReadOnlySpan<char> value = line[(colon + 1)..].Trim();
            bool isKilobytes = value.EndsWith("kB", StringComparison.Ordinal);
            if (isKilobytes)
            {
                value = value[..^2].TrimEnd();
            }

            if (key.Length > 0
                && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                && (!isKilobytes || number <= long.MaxValue / 1024))
            {
                values.TryAdd(key.ToString(), isKilobytes ? number * 1024 : number);
            }
        }

        return values;
    }

    private static ReadOnlySpan<char> WithoutNode(ReadOnlySpan<char> key)
    {
        if (!key.StartsWith("Node ", StringComparison.Ordinal))
        {
            return key;
        }

        ReadOnlySpan<char> rest = key["Node ".Length..].TrimStart();
        int blank = rest.IndexOf(' ');
        return blank < 0 ? rest : rest[(blank + 1)..].TrimStart();
    }
}
