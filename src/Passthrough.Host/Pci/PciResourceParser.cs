using System.Globalization;

namespace Passthrough.Host.Pci;

/// <summary>
/// Parses the <c>resource</c> attribute: a line for each window, "start end flags" in hex; the first six are the BARs.
/// Source: Documentation/PCI/sysfs-pci.rst, include/linux/ioport.h.
/// </summary>
public static class PciResourceParser
{
    private const ulong Io = 0x100;
    private const ulong Memory = 0x200;
    private const ulong Prefetch = 0x2000;
    private const ulong Memory64 = 0x100000;

    /// <summary>BARs 0–5 that have a size. False when a line of the first six is not of the expected form or none is there.</summary>
    public static bool TryParse(string text, out IReadOnlyList<PciBar> bars)
    {
        var found = new List<PciBar>();
        bars = found;
        int index = 0;
        foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> line = raw.Trim();
            if (line.IsEmpty)
            {
                continue;
            }

            if (index > 5)
            {
                break;
            }

            if (!TryLine(line, out ulong start, out ulong end, out ulong flags))
            {
                return false;
            }

            if (Make(index, start, end, flags) is { } bar)
            {
                found.Add(bar);
            }

            index++;
        }

        return index > 0;
    }

    private static PciBar? Make(int index, ulong start, ulong end, ulong flags)
    {
        if ((flags & (Io | Memory)) == 0 || end <= start || end - start == ulong.MaxValue)
        {
            return null;
        }

        PciBarKind kind = (flags & Io) != 0 ? PciBarKind.Io
            : (flags & Memory64) != 0 ? PciBarKind.Memory64 : PciBarKind.Memory32;
        return new PciBar(index, start, end - start + 1, kind, (flags & Prefetch) != 0);
    }

    private static bool TryLine(ReadOnlySpan<char> line, out ulong start, out ulong end, out ulong flags)
    {
        start = end = flags = 0;
        Span<Range> parts = stackalloc Range[4];
        return line.Split(parts, ' ', StringSplitOptions.RemoveEmptyEntries) == 3
            && TryHex(line[parts[0]], out start) && TryHex(line[parts[1]], out end) && TryHex(line[parts[2]], out flags);
    }

    private static bool TryHex(ReadOnlySpan<char> text, out ulong value) =>
        ulong.TryParse(text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text,
            NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
