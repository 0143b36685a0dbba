using System.Globalization;

namespace Passthrough.Host.Guests;

/// <summary>Amounts with a unit, as libvirt scales them.</summary>
public static class ScaledBytes
{
    private const string Prefixes = "kmgtpe";

    /// <summary>
    /// Bytes of a decimal number with a unit: b, bytes; KB, MB … are powers of 1000; k, M, KiB, MiB … of 1024; letter case does not
    /// matter; without a unit it is KiB. Null for anything else and for what overflows. Source: libvirt, "memory allocation".
    /// </summary>
    public static long? Parse(string? number, string? unit)
    {
        if (!ulong.TryParse(number?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) || Factor(unit) is not { } factor)
        {
            return null;
        }

        UInt128 bytes = (UInt128)value * factor;
        return bytes <= long.MaxValue ? (long)bytes : null;
    }

    private static ulong? Factor(string? unit)
    {
        string word = (unit is null or "" ? "KiB" : unit).ToLowerInvariant();
        if (word is "b" or "byte" or "bytes")
        {
            return 1;
        }

        int power = Prefixes.IndexOf(word[0], StringComparison.Ordinal) + 1;
        ulong radix = word[1..] switch
        {
            "" or "ib" => 1024,
            "b" => 1000,
            _ => 0,
        };
        if (power == 0 || radix == 0)
        {
            return null;
        }

        ulong factor = 1;
        for (int i = 0; i < power; i++)
        {
            factor *= radix;
        }

        return factor;
    }
}
