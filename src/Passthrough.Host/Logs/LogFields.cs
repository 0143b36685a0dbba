using System.Buffers;
using System.Globalization;
using Passthrough.Host.Pci;

namespace Passthrough.Host.Logs;

/// <summary>Takes values out of a message.</summary>
internal static class LogFields
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>What follows a text; empty when it is not there.</summary>
    public static ReadOnlySpan<char> After(ReadOnlySpan<char> message, string text)
    {
        int start = message.IndexOf(text, StringComparison.Ordinal);
        return start < 0 ? [] : message[(start + text.Length)..];
    }

    /// <summary>The characters before the next blank, comma or bracket.</summary>
    public static ReadOnlySpan<char> Token(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAny(" ,]\t)");
        return end < 0 ? text : text[..end];
    }

    /// <summary>The hexadecimal number that the text begins with, with or without 0x; null when there is none or it is too long.</summary>
    public static ulong? Hex(ReadOnlySpan<char> text)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            text = text[2..];
        }

        int length = text.IndexOfAnyExcept(HexDigits);
        ReadOnlySpan<char> digits = length < 0 ? text : text[..length];
        return ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value) ? value : null;
    }

    /// <summary>The first full address ("0000:01:00.0") in the text.</summary>
    public static PciAddress? FirstAddress(ReadOnlySpan<char> text)
    {
        for (int from = 0; from < text.Length;)
        {
            int dot = text[from..].IndexOf('.');
            if (dot < 0)
            {
                return null;
            }

            dot += from;
            if (AddressAt(text, dot) is { } address)
            {
                return address;
            }

            from = dot + 1;
        }

        return null;
    }

    /// <summary>The last full address in the text.</summary>
    public static PciAddress? LastAddress(ReadOnlySpan<char> text)
    {
        for (int dot = text.LastIndexOf('.'); dot >= 0; dot = text[..dot].LastIndexOf('.'))
        {
            if (AddressAt(text, dot) is { } address)
            {
                return address;
            }
        }

        return null;
    }

    /// <summary>
    /// The address that ends a device's print name ("pci 0000:01:00.0"): the last word, with a driver's or bus's name before it.
    /// A torn line ("[   20000:20:00.0") has no such name and tells no device.
    /// </summary>
    public static PciAddress? PrintName(ReadOnlySpan<char> front)
    {
        ReadOnlySpan<char> text = front.TrimEnd();
        int blank = text.LastIndexOf(' ');
        ReadOnlySpan<char> before = blank < 0 ? [] : text[..blank].TrimEnd();
        return before.Length > 0 && (char.IsAsciiLetterOrDigit(before[^1]) || before[^1] is '_' or '-')
            && PciAddress.TryParse(text[(blank + 1)..], out PciAddress address)
            ? address
            : null;
    }

    // A full address around this dot: hex digits and colons to its left, one digit to its right, nothing of the kind beyond.
    private static PciAddress? AddressAt(ReadOnlySpan<char> text, int dot)
    {
        if (dot + 1 >= text.Length || (dot + 2 < text.Length && (char.IsAsciiHexDigit(text[dot + 2]) || text[dot + 2] == '.')))
        {
            return null;
        }

        int start = dot;
        while (start > 0 && dot - start < 16 && (char.IsAsciiHexDigit(text[start - 1]) || text[start - 1] == ':'))
        {
            start--;
        }

        // A name may stand before without a blank ("device:0000:…" is not printed, "=0000:…" is); a colon in front is no digit's.
        ReadOnlySpan<char> candidate = text[start..(dot + 2)].TrimStart(':');
        return candidate.Count(':') == 2 && PciAddress.TryParse(candidate, out PciAddress address) ? address : null;
    }
}
