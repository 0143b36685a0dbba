using Passthrough.Host.Cpu;

namespace Passthrough.Host.Guests;

/// <summary>Lists of CPUs and nodes as libvirt writes them: numbers, ranges, and what is taken out again ("0-7,^3").</summary>
public static class NodeSet
{
    /// <summary>Parses a list; the parts count in their order. Source: libvirt, virBitmapParse.</summary>
    public static bool TryParse(string? text, out CpuSet set)
    {
        set = CpuSet.Empty;
        if (string.IsNullOrWhiteSpace(text))
        {
            return false;
        }

        foreach (string item in text.Split(',', StringSplitOptions.TrimEntries))
        {
            bool isOut = item.StartsWith('^');
            if (!CpuSet.TryParse(isOut ? item[1..] : item, out CpuSet part) || part.Count == 0)
            {
                set = CpuSet.Empty;
                return false;
            }

            set = isOut ? set.Except(part) : CpuSet.Of(set.Members.Concat(part.Members));
        }

        return true;
    }
}
