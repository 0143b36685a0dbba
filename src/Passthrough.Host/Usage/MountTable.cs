using System.Text;

namespace Passthrough.Host.Usage;

/// <summary>One mounted file system. Number is "major:minor", null where the table does not tell it.</summary>
internal readonly record struct Mount(string Source, string Target, string FileSystem, string? Number);

/// <summary>Parses the kernel's tables of mounts and swap. Source: proc_pid_mountinfo(5), proc_pid_mounts(5), proc_swaps(5).</summary>
internal static class MountTable
{
    /// <summary>
    /// Lines of mountinfo, for example
    /// <c>36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw</c>; lines of another form are skipped.
    /// </summary>
    public static List<Mount> ParseMountInfo(string text)
    {
        var mounts = new List<Mount>();
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            int dash = Array.IndexOf(words, "-");
            if (dash >= 6 && words.Length > dash + 2 && words[2].Contains(':', StringComparison.Ordinal))
            {
                mounts.Add(new Mount(Unescape(words[dash + 2]), Unescape(words[4]), words[dash + 1], words[2]));
            }
        }

        return mounts;
    }

    /// <summary>Lines of mounts: <c>/dev/sda1 / ext4 rw 0 0</c>.</summary>
    public static List<Mount> ParseMounts(string text)
    {
        var mounts = new List<Mount>();
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 3)
            {
                mounts.Add(new Mount(Unescape(words[0]), Unescape(words[1]), words[2], null));
            }
        }

        return mounts;
    }

    /// <summary>Devices of /proc/swaps; swap files are on a mounted file system and are left out.</summary>
    public static List<string> ParseSwaps(string text)
    {
        var devices = new List<string>();
        foreach (string line in text.Split('\n').Skip(1))
        {
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 2 && words[1] == "partition")
            {
                devices.Add(Unescape(words[0]));
            }
        }

        return devices;
    }

    /// <summary>Space, tab, newline and backslash stand as three octal digits: <c>\040</c>.</summary>
    internal static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length
                && text[i + 1] is >= '0' and <= '3' && text[i + 2] is >= '0' and <= '7' && text[i + 3] is >= '0' and <= '7')
            {
                result.Append((char)(((text[i + 1] - '0') << 6) | ((text[i + 2] - '0') << 3) | (text[i + 3] - '0')));
                i += 3;
            }
            else
            {
                result.Append(text[i]);
            }
        }

        return result.ToString();
    }
}
