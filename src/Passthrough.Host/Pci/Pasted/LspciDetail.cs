using System.Globalization;
using System.Text.RegularExpressions;

namespace Passthrough.Host.Pci.Pasted;

/// <summary>Reads the lines below a function in <c>lspci -k</c>, <c>-v</c> and <c>-vv</c>. Source: pciutils, lspci(8).</summary>
internal static partial class LspciDetail
{
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    /// <summary>Reads one line of the function's block; false when it is none of the known lines.</summary>
    public static bool Read(PastedDevice device, string text, int line)
    {
        if (Region().Match(text) is { Success: true } region)
        {
            ReadRegion(device, region);
            return true;
        }

        Match key = Key().Match(text);
        if (!key.Success)
        {
            ReadContinuation(device, text);
            return DriverField().Match(text) is { Success: true } field && device.TakeDriver(field.Groups["name"].Value, line);
        }

        string name = key.Groups["key"].Value;
        string value = key.Groups["value"].Value.Trim();
        device.Section = name;
        switch (name)
        {
            case "Subsystem":
                return device.TakeSubsystem(value, line);
            case "Kernel driver in use":
                return device.TakeDriver(value, line);
            case "Kernel modules":
                device.HasKernelLines = true;
                return true;
            case "NUMA node":
                return device.TakeNode(value, line);
            case "Flags":
                ReadFlags(device, value, line);
                return true;
            case "Capabilities":
                device.TakeCapability(value);
                return true;
            case "LnkCap" or "LnkSta":
                ReadLink(device, name == "LnkCap", value, line);
                return true;
            case "DevCap" or "AFCap":
                ReadContinuation(device, value);
                return true;
            default:
                return true;
        }
    }

    /// <summary>DevCap runs over two lines; the flag stands on the second.</summary>
    private static void ReadContinuation(PastedDevice device, string text)
    {
        if (device.Section == "DevCap")
        {
            device.HasDeviceCapabilities = true;
            device.Flr |= text.Contains("FLReset+", StringComparison.Ordinal);
        }
        else if (device.Section == "AFCap")
        {
            device.HasDeviceCapabilities = true;
            device.Flr |= text.Contains("FLR+", StringComparison.Ordinal);
        }
    }

    private static void ReadFlags(PastedDevice device, string value, int line)
    {
        if (FlagGroup().Match(value) is { Success: true } group)
        {
            device.TakeGroup(PastedLine.Number(group.Groups["group"].Value), line);
        }

        if (FlagNode().Match(value) is { Success: true } node)
        {
            device.TakeNode(node.Groups["node"].Value, line);
        }
    }

    private static void ReadLink(PastedDevice device, bool isMaximum, string value, int line)
    {
        if (LinkSpeed().Match(value) is { Success: true } speed
            && double.TryParse(speed.Groups["speed"].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double rate))
        {
            device.TakeSpeed(isMaximum, rate, line);
        }

        if (LinkWidth().Match(value) is { Success: true } width && PciLinkParser.TryWidth(width.Groups["width"].Value, out int lanes))
        {
            device.TakeWidth(isMaximum, lanes, line);
        }
    }

    private static void ReadRegion(PastedDevice device, Match region)
    {
        int index = region.Groups["index"].ValueSpan[0] - '0';
        if (index > 5 || !ulong.TryParse(region.Groups["size"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out ulong count))
        {
            return;
        }

        int shift = region.Groups["unit"].Value switch { "K" => 10, "M" => 20, "G" => 30, "T" => 40, _ => 0 };
        if (count == 0 || count > ulong.MaxValue >> shift)
        {
            return;
        }

        // An address in words, such as <unassigned>, is shown as the kernel shows one: 0.
        _ = ulong.TryParse(region.Groups["start"].ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong start);
        string attributes = region.Groups["attributes"].Value;
        PciBarKind kind = region.Groups["io"].Success ? PciBarKind.Io
            : attributes.StartsWith("64-bit", StringComparison.Ordinal) ? PciBarKind.Memory64 : PciBarKind.Memory32;
        bool isPrefetchable = attributes.EndsWith(" prefetchable", StringComparison.Ordinal);
        device.TakeBar(new PciBar(index, start, count << shift, kind, isPrefetchable));
    }

    [GeneratedRegex(@"^(?<key>[A-Za-z][A-Za-z0-9]*( (driver in use|modules|node|behind bridge|memory behind bridge))?):(?<value>.*)$", Options)]
    private static partial Regex Key();

    /// <summary>A field of a debugger's listing: <c>driver                   vfio-pci</c>.</summary>
    [GeneratedRegex(@"^driver\s{2,}(?<name>[\w.-]+)$", Options)]
    private static partial Regex DriverField();

    [GeneratedRegex(@"\bIOMMU group (?<group>[0-9]{1,9})\b", Options)]
    private static partial Regex FlagGroup();

    [GeneratedRegex(@"\bNUMA node (?<node>[0-9]{1,5})\b", Options)]
    private static partial Regex FlagNode();

    [GeneratedRegex(@"\bSpeed (?<speed>[0-9]{1,3}(\.[0-9]{1,2})?)GT/s", Options)]
    private static partial Regex LinkSpeed();

    [GeneratedRegex(@"\bWidth x(?<width>[0-9]{1,3})\b", Options)]
    private static partial Regex LinkWidth();

    /// <summary>Example: <c>Region 0: Memory at 6202000000 (64-bit, non-prefetchable) [size=16M]</c>.</summary>
    [GeneratedRegex(@"^Region (?<index>[0-9]): (\[virtual\] )?((?<io>I/O ports)|Memory) at (?<start>\S+)( \[virtual\])?( \((?<attributes>[^)]*)\))?.*\[size=(?<size>[0-9]{1,19})(?<unit>[KMGT]?)\]", Options)]
    private static partial Regex Region();
}
