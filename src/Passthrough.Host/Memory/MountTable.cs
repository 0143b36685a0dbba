using System.Text;

namespace Passthrough.Host.Memory;

/// <summary>Finds hugetlbfs in /proc/mounts. Sources: fstab(5), Documentation/admin-guide/mm/hugetlbpage.rst.</summary>
public static class MountTable
{
    /// <summary>
    /// Each hugetlbfs mount as its mount point and, after a blank, its page size option ("/dev/hugepages pagesize=2M");
    /// the point alone where the option is not printed.
    /// </summary>
    public static IReadOnlyList<string> HugetlbfsMounts(string text)
    {
        var mounts = new List<string>();
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            string[] fields = line.ToString().Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 4 || fields[2] != "hugetlbfs")
            {
                continue;
            }

            string? size = fields[3].Split(',').FirstOrDefault(option => option.StartsWith("pagesize=", StringComparison.Ordinal));
            string point = Unescape(fields[1]);
            mounts.Add(size is null ? point : point + " " + size);
        }

        return mounts;
    }

    // The kernel writes blank, tab, newline and backslash of a mount point as three octal digits ("\040").
    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var plain = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length && TryOctal(text.AsSpan(i + 1, 3), out int code))
            {
                plain.Append((char)code);
                i += 3;
            }
            else
            {
                plain.Append(text[i]);
            }
        }

        return plain.ToString();
    }

    private static bool TryOctal(ReadOnlySpan<char> digits, out int code)
    {
        code = 0;
        foreach (char digit in digits)
        {
            if (digit is < '0' or > '7')
            {
                return false;
            }

            code = (code * 8) + (digit - '0');
        }

        return code < 128;
    }
}
