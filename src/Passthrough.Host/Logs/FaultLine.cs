using System.Buffers;
using System.Globalization;
using Passthrough.Host.Pci;

namespace Passthrough.Host.Logs;

/// <summary>
/// Reads fault lines. Intel's text changed several times: with and without a blank after "DMAR:", PASID inside the brackets or
/// behind, numbers with and without 0x (even inside the address), the reason on the same line or the next one.
/// </summary>
internal static class FaultLine
{
    private const string Request = "] Request device [";
    private const string OldRemap = "INTR-REMAP: Request device [";

    private static readonly SearchValues<char> TypeLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    /// <summary>The event of a fault line; null when the message is none.</summary>
    public static LogEvent? Read(ReadOnlySpan<char> message, int line, string text)
    {
        int request = message.IndexOf(Request, StringComparison.Ordinal);
        if (request >= 0)
        {
            int open = message[..request].LastIndexOf('[');
            ReadOnlySpan<char> word = open < 0 ? [] : message[(open + 1)..request];
            ReadOnlySpan<char> rest = message[(request + Request.Length)..];
            if (word.StartsWith("INTR-REMAP", StringComparison.Ordinal))
            {
                return Remap(rest, line, text);
            }

            return word.StartsWith("DMA", StringComparison.Ordinal) ? Dma(word, rest, line, text) : null;
        }

        int old = message.IndexOf(OldRemap, StringComparison.Ordinal);
        if (old >= 0)
        {
            return Remap(message[(old + OldRemap.Length)..], line, text);
        }

        int amd = message.IndexOf("Event logged [", StringComparison.Ordinal);
        return amd >= 0 ? Amd(message[..amd], message[(amd + "Event logged [".Length)..], line, text)
            : message.Contains("Unhandled context fault", StringComparison.OrdinalIgnoreCase) ? Smmu(message, line, text)
            : null;
    }

    private static LogEvent Dma(ReadOnlySpan<char> word, ReadOnlySpan<char> rest, int line, string text)
    {
        string? access = word.Contains("Write", StringComparison.Ordinal) ? "write"
            : word.Contains("Read", StringComparison.Ordinal) ? "read"
            : word.Contains("Execute", StringComparison.Ordinal) ? "execute"
            : null;
        return new LogEvent
        {
            Line = line,
            Kind = LogEventKind.DmarFault,
            Text = text,
            Device = Bracketed(rest),
            Address = LogFields.Hex(LogFields.After(rest, "fault addr ")),
            Reason = Word(LogFields.After(rest, "fault reason ")),
            Access = access,
            CheckIds = ["IOM-012"],
            Meaning = "The Intel IOMMU blocked a DMA access of this device to an address that it may not use.",
        };
    }

    private static LogEvent Remap(ReadOnlySpan<char> rest, int line, string text) => new()
    {
        Line = line,
        Kind = LogEventKind.InterruptRemapFault,
        Text = text,
        Device = Bracketed(rest),
        Reason = Word(LogFields.After(rest, "fault reason ")),
        CheckIds = ["IOM-012", "IRQ-001"],
        Meaning = "The Intel IOMMU blocked an interrupt request of this device.",
    };

    private static LogEvent Amd(ReadOnlySpan<char> front, ReadOnlySpan<char> rest, int line, string text)
    {
        ReadOnlySpan<char> type = Word(rest);
        if (type.IndexOfAnyExcept(TypeLetters) >= 0)
        {
            int close = rest.IndexOf(']');
            type = close < 0 ? rest : rest[..close];
        }

        PciAddress? device = PciAddress.TryParse(LogFields.Token(LogFields.After(rest, "device=")), out PciAddress named)
            ? named : LogFields.LastAddress(front);
        bool isPageFault = type is "IO_PAGE_FAULT";
        return new LogEvent
        {
            Line = line,
            Kind = LogEventKind.AmdEvent,
            Text = text,
            Device = device,
            Address = LogFields.Hex(LogFields.After(rest, "address=")),
            Reason = type.Length > 0 ? type.ToString() : null,
            Access = isPageFault ? AmdAccess(LogFields.Hex(LogFields.After(rest, "flags="))) : null,
            CheckIds = ["IOM-012"],
            Meaning = isPageFault
                ? "The AMD IOMMU blocked an access of this device to an address that it may not use."
                : "The AMD IOMMU logged an event of the type named here.",
        };
    }

    private static LogEvent Smmu(ReadOnlySpan<char> message, int line, string text)
    {
        // FSYNR0 bit 4 is WNR, write not read (Arm SMMU architecture specification, IHI 0062).
        ulong? syndrome = LogFields.Hex(LogFields.After(message, "fsynr="));
        return new LogEvent
        {
            Line = line,
            Kind = LogEventKind.SmmuFault,
            Text = text,
            Address = LogFields.Hex(LogFields.After(message, "iova=")),
            Reason = Word(LogFields.After(message, "fsr=")),
            Access = syndrome is { } bits ? (bits & 0x10) != 0 ? "write" : "read" : null,
            CheckIds = ["IOM-012"],
            Meaning = "The Arm SMMU stopped a DMA access to an address that its stream may not use.",
        };
    }

    // AMD I/O Virtualization Technology, IO_PAGE_FAULT: I (bit 3) marks an interrupt request, RW (bit 5) a write, PR (bit 4) a present
    // page. Without PR the specification gives a clear RW no meaning, so nothing is said then.
    private static string? AmdAccess(ulong? flags) =>
        flags is not { } bits || (bits & 0x08) != 0 ? null
        : (bits & 0x20) != 0 ? "write"
        : (bits & 0x10) != 0 ? "read"
        : null;

    // "03:00.0]", "[2d:00.0]" (a doubled bracket of old kernels), "0x64:0x00.5]".
    private static PciAddress? Bracketed(ReadOnlySpan<char> rest)
    {
        rest = rest.TrimStart('[');
        int close = rest.IndexOf(']');
        if (close is < 1 or > 24)
        {
            return null;
        }

        ReadOnlySpan<char> inner = rest[..close].Trim();
        if (PciAddress.TryParse(inner, out PciAddress address))
        {
            return address;
        }

        int colon = inner.LastIndexOf(':');
        int dot = inner.LastIndexOf('.');
        return colon > 0 && dot > colon && inner[..colon].IndexOf(':') < 0
            && LogFields.Hex(inner[..colon]) is <= 0xff and { } bus
            && LogFields.Hex(inner[(colon + 1)..dot]) is <= 31 and { } device
            && uint.TryParse(inner[(dot + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out uint function) && function < 8
            ? new PciAddress(0, (byte)bus, (byte)device, (byte)function)
            : null;
    }

    private static string? Word(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> word = LogFields.Token(text);
        return word.Length > 0 ? word.ToString() : null;
    }
}
