using System.Globalization;

namespace Passthrough.Bench.Native;

/// <summary>What backs a range of memory. Source: Documentation/filesystems/proc.rst, smaps.</summary>
/// <param name="ResidentBytes">Rss plus hugetlb pages, which Rss leaves out.</param>
/// <param name="HugeBytes">Bytes in pages of 2 MiB or 1 GiB: hugetlb pages where KernelPageSize says so, and AnonHugePages.</param>
/// <param name="Alone">The mappings found cover the range and nothing else, so that the figures speak of it alone.</param>
/// <param name="GiganticBytes">Bytes in hugetlb pages of 1 GiB, where KernelPageSize is 1048576 kB.</param>
internal sealed record RegionPages(long ResidentBytes, long HugeBytes, bool Alone, long GiganticBytes = 0);

/// <summary>Parses /proc/PID/smaps.</summary>
internal static class SmapsParser
{
    /// <summary>Sums the mappings that overlap [start, end). Any text gives an answer.</summary>
    public static RegionPages Parse(string text, ulong start, ulong end)
    {
        long resident = 0;
        long huge = 0;
        long gigantic = 0;
        ulong covered = 0;
        bool outside = false;
        bool relevant = false;
        long pageKb = 0;
        foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> line = raw.Trim();
            if (TryHeader(line, out ulong from, out ulong to))
            {
                relevant = from < end && to > start;
                pageKb = 0;
                if (relevant)
                {
                    covered += Math.Min(to, end) - Math.Max(from, start);
                    outside |= from < start || to > end;
                }
            }
            else if (relevant && TryField(line, out ReadOnlySpan<char> name, out long kb))
            {
                switch (name)
                {
                    case "KernelPageSize":
                        pageKb = kb;
                        break;
                    case "Rss":
                        resident += kb;
                        break;
                    case "AnonHugePages":
                        huge += kb;
                        break;
                    case "Shared_Hugetlb":
                    case "Private_Hugetlb":
                        resident += kb;
                        huge += pageKb == 2048 ? kb : 0;
                        gigantic += pageKb == 1048576 ? kb : 0;
                        break;
                }
            }
        }

        return new RegionPages(resident * 1024, huge * 1024, !outside && covered == end - start, gigantic * 1024);
    }

    // Example: "7f3c00000000-7f3c04000000 rw-p 00000000 00:0f 12345   /anon_hugepage (deleted)"
    private static bool TryHeader(ReadOnlySpan<char> line, out ulong from, out ulong to)
    {
        to = 0;
        from = 0;
        int dash = line.IndexOf('-');
        int space = line.IndexOf(' ');
        return dash > 0 && space > dash
            && ulong.TryParse(line[..dash], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out from)
            && ulong.TryParse(line[(dash + 1)..space], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out to)
            && from < to;
    }

    // Example: "KernelPageSize:     2048 kB"
    private static bool TryField(ReadOnlySpan<char> line, out ReadOnlySpan<char> name, out long kb)
    {
        int colon = line.IndexOf(':');
        name = colon > 0 ? line[..colon] : default;
        kb = 0;
        return colon > 0 && line.EndsWith(" kB")
            && long.TryParse(line[(colon + 1)..^3], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out kb)
            && kb < 1L << 40;
    }
}
