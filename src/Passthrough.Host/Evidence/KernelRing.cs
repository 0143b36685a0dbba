using System.Globalization;
using System.Text;

namespace Passthrough.Host.Evidence;

/// <summary>
/// Turns records of /dev/kmsg into lines as dmesg prints them. Source: Documentation/ABI/testing/dev-kmsg.
/// Example: <c>6,339,5140900,-;NET: Registered protocol family 10</c> followed by <c> SUBSYSTEM=…</c> lines.
/// </summary>
internal static class KernelRing
{
    /// <summary>Appends one record; what is not of the form is appended as it stands, so that nothing is lost.</summary>
    public static void Append(ReadOnlySpan<byte> record, StringBuilder output)
    {
        string text = Encoding.UTF8.GetString(record);
        int semicolon = text.IndexOf(';', StringComparison.Ordinal);
        string[] head = semicolon > 0 ? text[..semicolon].Split(',') : [];
        if (head.Length < 3
            || !ulong.TryParse(head[2], NumberStyles.None, CultureInfo.InvariantCulture, out ulong microseconds))
        {
            output.Append(text.TrimEnd('\n')).Append('\n');
            return;
        }

        // What follows the first line is a dictionary of the device model, one " KEY=value" a line: not part of the message.
        int end = text.IndexOf('\n', semicolon);
        string message = Unescape(end < 0 ? text[(semicolon + 1)..] : text[(semicolon + 1)..end]);
        string stamp = string.Create(CultureInfo.InvariantCulture,
            $"[{microseconds / 1_000_000,5}.{microseconds % 1_000_000:d6}] ");
        foreach (string line in message.Split('\n'))
        {
            output.Append(stamp).Append(line).Append('\n');
        }
    }

    /// <summary>
    /// The kernel writes bytes outside 32–126 and the backslash as <c>\xHH</c>. Control bytes other than tab and newline stay escaped:
    /// a device's name must not move a reader's terminal.
    /// </summary>
    private static string Unescape(string text)
    {
        if (!text.Contains("\\x", StringComparison.Ordinal))
        {
            return text;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var result = new List<byte>(bytes.Length);
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '\\' && i + 3 < bytes.Length && bytes[i + 1] == 'x'
                && byte.TryParse(bytes.AsSpan(i + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)
                && (value is >= 0x20 and not 0x7f or (byte)'\t' or (byte)'\n'))
            {
                result.Add(value);
                i += 3;
            }
            else
            {
                result.Add(bytes[i]);
            }
        }

        return Encoding.UTF8.GetString([.. result]);
    }
}
