using System.Buffers;

namespace Passthrough.Host.Logs;

/// <summary>
/// Finds where a line's message begins, behind what printers of the kernel log put before it: dmesg's "[   12.3]", its wall-clock
/// form, the caller "[    T1]", levels ("&lt;6&gt;", "kern  :info  :"), raw records of /dev/kmsg ("6,1,0,-;"), syslog and journal
/// ("Apr 23 10:00:00 host kernel:") and the quote marks of mails.
/// </summary>
public static class LogPrefix
{
    private static readonly SearchValues<char> StampLetters = SearchValues.Create("0123456789.+");

    // A time stamp and a host name are short; a "kernel:" further right belongs to the message.
    private const int SyslogReach = 120;

    /// <summary>The message, without blanks at its ends.</summary>
    public static ReadOnlySpan<char> Trim(ReadOnlySpan<char> line)
    {
        ReadOnlySpan<char> rest = line.Trim();
        while (rest.Length > 0)
        {
            ReadOnlySpan<char> next = Step(rest);
            if (next.Length == rest.Length)
            {
                return rest;
            }

            rest = next.TrimStart();
        }

        return rest;
    }

    /// <summary>The seconds since boot of a line that carries dmesg's stamp; null where it does not.</summary>
    public static double? Stamp(ReadOnlySpan<char> line)
    {
        int open = line.IndexOf('[');
        int close = open < 0 ? -1 : line[open..].IndexOf(']');
        return close > 1 && double.TryParse(line.Slice(open + 1, close - 1).Trim(), System.Globalization.NumberStyles.AllowDecimalPoint,
            System.Globalization.CultureInfo.InvariantCulture, out double seconds)
            ? seconds
            : null;
    }

    private static ReadOnlySpan<char> Step(ReadOnlySpan<char> text) => text[0] switch
    {
        '>' => text[1..],
        '<' => AfterLevel(text),
        '[' => AfterBracket(text),
        >= '0' and <= '9' => AfterRecord(text) is { Length: > 0 } record && record.Length < text.Length ? record : AfterSyslog(text),
        _ => AfterFacility(text) is { } facility && facility.Length < text.Length ? facility : AfterSyslog(text),
    };

    // "<6>", "<30>".
    private static ReadOnlySpan<char> AfterLevel(ReadOnlySpan<char> text)
    {
        int close = text.IndexOf('>');
        return close is > 1 and <= 4 && text[1..close].IndexOfAnyExceptInRange('0', '9') < 0 ? text[(close + 1)..] : text;
    }

    // "[   12.345678]", "[    T1]", "[  C12]", "[Thu May 14 03:18:38 2020]", "[2020-05-14T03:18:38,1+00:00]", "[ +0.000012]".
    // Never "[DMA Read]" or "[Firmware Bug]".
    private static ReadOnlySpan<char> AfterBracket(ReadOnlySpan<char> text)
    {
        int close = text.IndexOf(']');
        if (close < 2 || close > 40)
        {
            return text;
        }

        ReadOnlySpan<char> inner = text[1..close].Trim();
        if (inner.Length == 0)
        {
            return text;
        }

        bool isStamp = inner.IndexOfAnyExcept(StampLetters) < 0;
        bool isCaller = inner.Length > 1 && inner[0] is 'T' or 'C' && inner[1..].IndexOfAnyExceptInRange('0', '9') < 0;
        bool isClock = inner.Count(':') >= 2 && inner.IndexOfAnyInRange('0', '9') >= 0 && !IsAddressLike(inner);
        return isStamp || isCaller || isClock ? text[(close + 1)..] : text;
    }

    // A clock time has two digits between its colons and a blank or a 'T' before it; "0000:00:1f.2" has not.
    private static bool IsAddressLike(ReadOnlySpan<char> inner) => inner.IndexOfAny(' ', 'T') < 0;

    // "6,1234,5678901,-;text" and with "c" or caller fields.
    private static ReadOnlySpan<char> AfterRecord(ReadOnlySpan<char> text)
    {
        int end = text.IndexOf(';');
        return end is > 5 and < 80 && text[..end].Count(',') >= 3 && text[..end].IndexOf(' ') < 0 ? text[(end + 1)..] : text;
    }

    // "kern  :info  : text" (dmesg -x).
    private static ReadOnlySpan<char> AfterFacility(ReadOnlySpan<char> text)
    {
        if (!text.StartsWith("kern ", StringComparison.Ordinal))
        {
            return text;
        }

        int first = text.IndexOf(':');
        int second = first < 0 ? -1 : text[(first + 1)..].IndexOf(':');
        return first is > 0 and < 10 && second is > 0 and < 10 ? text[(first + second + 2)..] : text;
    }

    // "May 14 03:18:38 host kernel: text", "2020-05-14T03:18:38+02:00 host kernel[0]: text".
    private static ReadOnlySpan<char> AfterSyslog(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> head = text[..Math.Min(text.Length, SyslogReach)];
        int kernel = head.IndexOf(" kernel: ", StringComparison.Ordinal);
        if (kernel < 0)
        {
            return text.StartsWith("kernel: ", StringComparison.Ordinal) ? text["kernel: ".Length..] : text;
        }

        return head[..kernel].Count(':') >= 2 && head[..kernel].IndexOfAnyInRange('0', '9') >= 0
            ? text[(kernel + " kernel: ".Length)..]
            : text;
    }
}
