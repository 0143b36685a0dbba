using System.Text.RegularExpressions;

namespace Passthrough.Host.Pci.Pasted;

/// <summary>The forms of single lines.</summary>
internal static partial class PastedLine
{
    private const string Address = @"(?:[0-9a-fA-F]{4,8}:)?[0-9a-fA-F]{2}:[01][0-9a-fA-F]\.[0-7]";

    // No tool writes longer lines; a cut keeps the work on a hostile text small.
    private const int LongestLine = 2000;
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    /// <summary>The line without the marks of a quotation and without what ends it, cut to a sane length.</summary>
    public static string Unquote(string line)
    {
        ReadOnlySpan<char> rest = line.AsSpan(0, Math.Min(line.Length, LongestLine)).TrimEnd();
        while (!rest.IsEmpty && rest[0] == '>')
        {
            rest = rest[1..];
            if (!rest.IsEmpty && rest[0] == ' ')
            {
                rest = rest[1..];
            }
        }

        // A script with "echo -e" leaves the option in its output when its shell knows none.
        return rest.StartsWith("-e ") ? rest[3..].ToString() : rest.ToString();
    }

    /// <summary>How far a line is indented, a tab to the next multiple of eight.</summary>
    public static int Indent(string line)
    {
        int column = 0;
        foreach (char character in line)
        {
            if (character == '\t')
            {
                column += 8 - (column % 8);
            }
            else if (char.IsWhiteSpace(character))
            {
                column++;
            }
            else
            {
                break;
            }
        }

        return column;
    }

    /// <summary>The number without leading zeros, as the kernel names a group.</summary>
    public static string Number(string digits)
    {
        string number = digits.TrimStart('0');
        return number.Length == 0 ? "0" : number;
    }

    /// <summary>Only marks and a remark in parentheses: the rest of a heading.</summary>
    public static bool IsOrnament(string rest) => OrnamentPattern().IsMatch(rest);

    /// <summary>The addresses of a line that holds nothing but addresses with a domain; null for any other line.</summary>
    public static List<PciAddress>? Addresses(string text)
    {
        var addresses = new List<PciAddress>();
        foreach (string word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (word.Length < 12 || !PciAddress.TryParse(word, out PciAddress address))
            {
                return null;
            }

            addresses.Add(address);
        }

        return addresses;
    }

    /// <summary>Examples: <c>00:02.0 VGA …</c>, <c>- 0000:01:00.0 …</c>, <c>[8086:1901] [R] 00:01.0 PCI bridge</c>, <c>PCI 0000:01:00.0</c>.</summary>
    [GeneratedRegex(@"^[-*+•|│├└─\s]*(?<bus>PCI\s+)?(\[(?<vendor>[0-9a-fA-F]{4}):(?<device>[0-9a-fA-F]{4})\]\s*)?(\[R\]\s*)?(?<address>" + Address + @")(?=$|[\s:,])[:,]?\s*(?<rest>.*)$", Options)]
    public static partial Regex Device();

    /// <summary>Examples: <c>Host bridge: Intel …</c>, <c>Host bridge [0600]: Intel …</c>, <c>Unassigned class [ff00]: Realtek …</c>.</summary>
    [GeneratedRegex(@"^(""?)(?<name>[A-Z][A-Za-z0-9 /,.()'&+-]{1,60}?)( ?\[(?<code>[0-9a-f]{4})\])*\1(: | ""|:$)(?<rest>.*)$", RegexOptions.CultureInvariant)]
    public static partial Regex Class();

    /// <summary>lspci -n: <c>0600: 8086:4641 (rev 02)</c>.</summary>
    [GeneratedRegex(@"^(?<code>[0-9a-f]{4}): (?<vendor>[0-9a-f]{4}):(?<device>[0-9a-f]{4})(?<rest>.*)$", Options)]
    public static partial Regex NumericClass();

    /// <summary>Examples: <c>IOMMU Group 12:</c>, <c>IOMMU group 0 00:01.0 …</c>, <c>### Group #3</c>, <c>IOMMU group: 2</c>, <c>iommu_group 0xffff8881037dd300 id=16</c>.</summary>
    [GeneratedRegex(@"^[^\w\[]*(iommu[\s_-]*)?group(\s+0x[0-9a-f]+\s+id=|[\s:#_-]*)(?<group>[0-9]{1,9})(?!\w|\.[0-9])(?<rest>.*)$", Options | RegexOptions.IgnoreCase)]
    public static partial Regex GroupHead();

    /// <summary>Example: <c>/sys/kernel/iommu_groups/7/devices/0000:00:15.1</c>, also relative to that folder.</summary>
    [GeneratedRegex(@"(iommu_groups/|^(.*\s)?(\./)?)(?<group>[0-9]{1,9})/devices/(?<name>[^\s/'"",:]+(:[^\s/'"",:]+)*)", Options)]
    public static partial Regex MemberPath();

    /// <summary>Example: <c>/sys/kernel/iommu_groups/7/devices:</c>, as ls heads a folder.</summary>
    [GeneratedRegex(@"iommu_groups/(?<group>[0-9]{1,9})(/devices)?/?:?$", Options)]
    public static partial Regex GroupFolder();

    /// <summary>Examples: <c>pci 0000:00:02.0: Adding to iommu group 1</c>, before Linux 5.3 <c>iommu: Adding device 0000:00:02.0 to group 1</c>.</summary>
    [GeneratedRegex("((?<address>" + Address + @"): Add(ing|ed)? to iommu group |Adding device (?<address>" + Address + @") to group )(?<group>[0-9]{1,9})\b", Options)]
    public static partial Regex KernelLog();

    [GeneratedRegex(@"^\W*(\([^)]*\))?\W*$", Options)]
    private static partial Regex OrnamentPattern();
}
