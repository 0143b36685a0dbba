using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Passthrough.Host.Pci;

/// <summary>
/// A PCI modalias, <c>pci:v00008086d00001533sv00008086sd00000001bc02sc00i00</c>. A field that was masked (<c>*</c>) is null.
/// Source: drivers/pci/pci-driver.c (pci_uevent), scripts/mod/file2alias.c.
/// </summary>
internal sealed partial record PciModalias(ushort? Vendor, ushort? Device, ushort? SubsystemVendor, ushort? SubsystemDevice, uint? ClassCode)
{
    /// <summary>Parses the text; false for another bus or another form.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out PciModalias? alias)
    {
        Match match = Pattern().Match(text);
        alias = match.Success
            ? new PciModalias(Id(match.Groups["v"]), Id(match.Groups["d"]), Id(match.Groups["sv"]), Id(match.Groups["sd"]), Class(match))
            : null;
        return alias is not null;
    }

    private static uint? Class(Match match)
    {
        // Without the interface the class still tells what the function is; without base or sub class it does not.
        return Byte(match.Groups["bc"]) is { } head && Byte(match.Groups["sc"]) is { } sub
            ? (head << 16) | (sub << 8) | (Byte(match.Groups["i"]) ?? 0)
            : null;
    }

    private static ushort? Id(Group group) => Number(group) is { } value and <= 0xffff ? (ushort)value : null;

    private static uint? Byte(Group group) => Number(group) is { } value and <= 0xff ? value : null;

    private static uint? Number(Group group) =>
        uint.TryParse(group.ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value) ? value : null;

    [GeneratedRegex(@"^\s*pci:v(?<v>[0-9A-Fa-f]{8}|\*)d(?<d>[0-9A-Fa-f]{8}|\*)sv(?<sv>[0-9A-Fa-f]{8}|\*)sd(?<sd>[0-9A-Fa-f]{8}|\*)(bc(?<bc>[0-9A-Fa-f]{2}|\*))?(sc(?<sc>[0-9A-Fa-f]{2}|\*))?(i(?<i>[0-9A-Fa-f]{2}|\*))?", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
