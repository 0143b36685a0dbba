using System.Globalization;

namespace Passthrough.Host.Pci;

/// <summary>
/// Parses the link attributes. Source: drivers/pci/pci-sysfs.c (current_link_speed and its three siblings).
/// Examples: "8.0 GT/s PCIe", before Linux 5.7 "8 GT/s", and "Unknown" or "Unknown speed".
/// </summary>
public static class PciLinkParser
{
    /// <summary>Speed in GT/s for one lane. False for "Unknown" and for anything that is no positive number.</summary>
    public static bool TrySpeed(string text, out double gigatransfers)
    {
        ReadOnlySpan<char> trimmed = text.AsSpan().Trim();
        int space = trimmed.IndexOf(' ');
        gigatransfers = 0;
        return space > 0
            && trimmed[space..].Trim().StartsWith("GT/s", StringComparison.Ordinal)
            && double.TryParse(trimmed[..space], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out gigatransfers)
            && gigatransfers is > 0 and < 10_000;
    }

    /// <summary>Width in lanes. False for 0 (no link) and 255 (PCIE_LNK_WIDTH_UNKNOWN).</summary>
    public static bool TryWidth(string text, out int lanes) =>
        int.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out lanes) && lanes is > 0 and < 255;
}
