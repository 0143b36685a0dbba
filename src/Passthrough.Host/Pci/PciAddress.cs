using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Passthrough.Host.Pci;

/// <summary>A PCI function's address, <c>dddd:bb:dd.f</c>. The domain may exceed four digits (VMD: <c>10000:e1:00.0</c>).</summary>
/// <param name="Domain">PCI domain (segment group), 0 to 0xffffffff.</param>
/// <param name="Bus">Bus, 0 to 255.</param>
/// <param name="Device">Device, 0 to 31.</param>
/// <param name="Function">Function, 0 to 7.</param>
public readonly record struct PciAddress(uint Domain, byte Bus, byte Device, byte Function) : IComparable<PciAddress>
{
    /// <summary>Parses <c>dddd:bb:dd.f</c> or <c>bb:dd.f</c> (domain 0); hex digits in either case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out PciAddress address) =>
        TryParse(text.AsSpan(), out address);

    /// <inheritdoc cref="TryParse(string?, out PciAddress)"/>
    public static bool TryParse(ReadOnlySpan<char> text, out PciAddress address)
    {
        address = default;
        int dot = text.LastIndexOf('.');
        if (dot != text.Length - 2 || dot < 5)
        {
            return false;
        }

        ReadOnlySpan<char> head = text[..dot];
        int second = head.LastIndexOf(':');
        if (second < 2 || head.Length - second != 3)
        {
            return false;
        }

        ReadOnlySpan<char> front = head[..second];
        int first = front.LastIndexOf(':');
        ReadOnlySpan<char> busText = front[(first + 1)..];
        uint domain = 0;
        if (busText.Length != 2
            || (first >= 0 && (first < 4 || first > 8 || !TryHex(front[..first], out domain)))
            || !TryHex(busText, out uint bus)
            || !TryHex(head[(second + 1)..], out uint device) || device > 31
            || text[^1] is < '0' or > '7')
        {
            return false;
        }

        address = new PciAddress(domain, (byte)bus, (byte)device, (byte)(text[^1] - '0'));
        return true;
    }

    /// <summary>From a 16-bit requester id (bus, device, function), as DMAR, IVRS and fault records hold it.</summary>
    public static PciAddress FromRequesterId(uint domain, ushort id) =>
        new(domain, (byte)(id >> 8), (byte)((id >> 3) & 0x1f), (byte)(id & 7));

    /// <inheritdoc />
    public int CompareTo(PciAddress other)
    {
        int domain = Domain.CompareTo(other.Domain);
        return domain != 0 ? domain : Key.CompareTo(other.Key);
    }

    /// <summary>The address as the kernel prints it.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Domain:x4}:{Bus:x2}:{Device:x2}.{Function}");

    /// <summary>True when both are functions of one device (slot).</summary>
    public bool IsSameSlot(PciAddress other) => Domain == other.Domain && Bus == other.Bus && Device == other.Device;

    private int Key => (Bus << 8) | (Device << 3) | Function;

    private static bool TryHex(ReadOnlySpan<char> text, out uint value) =>
        uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);

    /// <summary>Ordering by domain, bus, device, function.</summary>
    public static bool operator <(PciAddress left, PciAddress right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(PciAddress left, PciAddress right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator <=(PciAddress left, PciAddress right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >=(PciAddress left, PciAddress right) => left.CompareTo(right) >= 0;
}
