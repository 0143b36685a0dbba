using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Passthrough.Host.Pci;

/// <summary>
/// Reads the header and the capabilities that the model knows, and nothing between them. The kernel fetches config space from the function,
/// dword by dword: the whole of it is a thousand slow accesses a function, and this is about forty.
/// Source: PCI Local Bus 3.0 §6.7, PCI Express Base 5.0 §7.5.3 and §7.6, include/uapi/linux/pci_regs.h.
/// </summary>
public static class PciConfigWalk
{
    private const int StandardBytes = 256;
    private const int ExtendedBytes = 4096;

    private static readonly SearchValues<char> _digits = SearchValues.Create("0123456789abcdef");

    /// <summary>Bytes of each standard capability that are read, header included; of the others the header.</summary>
    private static int StandardSize(int id) => id switch
    {
        0x01 => 8,
        0x05 => 4,
        0x10 => 0x34,
        0x13 => 8,
        _ => 4,
    };

    /// <summary>Bytes of each extended capability that are read, header included; of the others the header.</summary>
    private static int ExtendedSize(int id) => id switch
    {
        0x0d => 8,
        0x0f => 8,
        0x10 => 64,
        0x13 => 16,
        0x15 => 52,
        0x1b => 8,
        _ => 4,
    };

    /// <summary>Fills a buffer from an offset and tells how many bytes came; 0 beyond the end, negative for a negated error number.</summary>
    public delegate int Reader(int offset, Span<byte> buffer);

    /// <summary>Walks; null with the error where the header cannot be read.</summary>
    public static PciConfigSpace? Walk(Reader read, out int error)
    {
        error = 0;
        byte[] first = new byte[16];
        int count = read(0, first);
        if (count <= 0)
        {
            error = count;
            return null;
        }

        // Ids, status, class and header type; then the place of the first capability, and of a bridge its buses. BARs have a file of their own, and so have
        // the subsystem ids.
        var parts = new List<PciConfigPart> { new(0, first.AsMemory(0, count)) };
        int type = new PciConfigSpace(first).HeaderType;
        Take(read, type == 2 ? 0x14 : 0x18, type == 0 ? 0 : 8, parts);
        Take(read, 0x34, type == 2 ? 0 : 4, parts);
        var space = new PciConfigSpace(PciConfigSpace.HeaderBytes, parts);
        int length = PciConfigSpace.HeaderBytes;
        if (count == first.Length && WalkStandard(read, space, parts))
        {
            length = StandardBytes;
            if (Take(read, StandardBytes, 4, parts) == 4)
            {
                length = ExtendedBytes;
                WalkExtended(read, parts);
            }
        }

        return new PciConfigSpace(length, Joined(parts));
    }

    /// <summary>The text of an answer: <c>length=4096</c> and a line of offset and bytes, all hex, for each part.</summary>
    public static string ToText(PciConfigSpace space)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"length={space.Length}\n");
        foreach (PciConfigPart part in space.Parts)
        {
            text.Append(CultureInfo.InvariantCulture, $"{part.Offset:x3}=").Append(Convert.ToHexStringLower(part.Bytes.Span)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Parses such a text; null for any other.</summary>
    public static PciConfigSpace? Parse(string text)
    {
        int? length = null;
        var parts = new List<PciConfigPart>();
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && line.AsSpan(0, equals) is "length"
                && int.TryParse(line.AsSpan(equals + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int told))
            {
                length = told;
            }
            else if (equals == 3 && int.TryParse(line.AsSpan(0, 3), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int offset)
                && (line.Length - 4) % 2 == 0 && line.AsSpan(4).IndexOfAnyExcept(_digits) < 0)
            {
                parts.Add(new PciConfigPart(offset, Convert.FromHexString(line.AsSpan(4))));
            }
            else
            {
                return null;
            }
        }

        bool isWhole = length is > 0 and <= ExtendedBytes && parts.Count > 0 && parts[0].Offset == 0 && parts[0].Bytes.Length >= 16
            && parts.TrueForAll(part => part.Offset + part.Bytes.Length <= length);
        return isWhole ? new PciConfigSpace(length!.Value, parts) : null;
    }

    private const int HeaderEnd = PciConfigSpace.HeaderBytes;

    /// <summary>False where nothing behind the header may be read, as without privilege.</summary>
    private static bool WalkStandard(Reader read, PciConfigSpace header, List<PciConfigPart> parts)
    {
        const int capabilityList = 0x10;
        if (header.Word(0x06) is not { } status || status == 0xffff || (status & capabilityList) == 0)
        {
            return Take(read, HeaderEnd, 4, parts) == 4;
        }

        int at = (header.Byte(header.HeaderType == 2 ? 0x14 : 0x34) ?? 0) & ~3;
        if (at < HeaderEnd)
        {
            return Take(read, HeaderEnd, 4, parts) == 4;
        }

        // The first capability also tells whether anything behind the header may be read.
        var seen = new HashSet<int>();
        bool isReadable = false;
        while (at >= HeaderEnd && seen.Add(at) && Take(read, at, 4, parts) == 4)
        {
            isReadable = true;
            uint dword = BinaryPrimitives.ReadUInt32LittleEndian(parts[^1].Bytes.Span);
            int id = (int)(dword & 0xff);
            if (id == 0xff)
            {
                break;
            }

            Take(read, at + 4, Math.Min(StandardSize(id), StandardBytes - at) - 4, parts);
            at = (int)(dword >> 8) & 0xfc;
        }

        return isReadable;
    }

    private static void WalkExtended(Reader read, List<PciConfigPart> parts)
    {
        var seen = new HashSet<int>();
        for (int at = StandardBytes; at >= StandardBytes && seen.Add(at);)
        {
            if (at != StandardBytes && Take(read, at, 4, parts) != 4)
            {
                return;
            }

            uint dword = BinaryPrimitives.ReadUInt32LittleEndian(parts[^1].Bytes.Span);
            if (dword is 0 or uint.MaxValue)
            {
                return;
            }

            Take(read, at + 4, Math.Min(ExtendedSize((int)(dword & 0xffff)), ExtendedBytes - at) - 4, parts);
            at = (int)(dword >> 20) & ~3;
        }
    }

    private static int Take(Reader read, int offset, int count, List<PciConfigPart> parts)
    {
        if (count <= 0)
        {
            return 0;
        }

        byte[] bytes = new byte[count];
        int got = read(offset, bytes);
        if (got > 0)
        {
            parts.Add(new PciConfigPart(offset, bytes.AsMemory(0, got)));
        }

        return got;
    }

    /// <summary>In order, neighbours joined, so that a word that spans two reads is one.</summary>
    private static List<PciConfigPart> Joined(List<PciConfigPart> parts)
    {
        var joined = new List<PciConfigPart>();
        foreach (PciConfigPart part in parts.OrderBy(part => part.Offset))
        {
            int end = joined.Count == 0 ? -1 : joined[^1].Offset + joined[^1].Bytes.Length;
            if (part.Offset + part.Bytes.Length <= end)
            {
                continue;
            }

            if (part.Offset > end)
            {
                joined.Add(part);
                continue;
            }

            byte[] both = [.. joined[^1].Bytes.Span, .. part.Bytes.Span[(end - part.Offset)..]];
            joined[^1] = new PciConfigPart(joined[^1].Offset, both);
        }

        return joined;
    }
}
