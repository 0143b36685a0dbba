using System.Buffers;
using System.Buffers.Text;
using System.Globalization;

namespace Passthrough.Host.Evidence;

/// <summary>
/// Turns records of /dev/kmsg into lines as dmesg prints them. Source: Documentation/ABI/testing/dev-kmsg.
/// Example: <c>6,339,5140900,-;NET: Registered protocol family 10</c> followed by <c> SUBSYSTEM=…</c> lines.
/// Bytes stay bytes: a ring holds thousands of records, and a text of each would cost more than the reads.
/// </summary>
internal static class KernelRing
{
    /// <summary>Appends one record; what is not of the form is appended as it stands, so that nothing is lost.</summary>
    public static void Append(ReadOnlySpan<byte> record, IBufferWriter<byte> output)
    {
        int semicolon = record.IndexOf((byte)';');
        if (semicolon <= 0 || !TryStamp(record[..semicolon], out ulong microseconds))
        {
            output.Write(record.TrimEnd((byte)'\n'));
            output.Write("\n"u8);
            return;
        }

        // What follows the first line is a dictionary of the device model, one " KEY=value" a line: not part of the message.
        ReadOnlySpan<byte> message = record[(semicolon + 1)..];
        int end = message.IndexOf((byte)'\n');
        message = end < 0 ? message : message[..end];
        Span<byte> stamp = stackalloc byte[40];
        _ = System.Text.Unicode.Utf8.TryWrite(stamp, CultureInfo.InvariantCulture,
            $"[{microseconds / 1_000_000,5}.{microseconds % 1_000_000:d6}] ", out int length);
        stamp = stamp[..length];
        if (message.IndexOf("\\x"u8) < 0)
        {
            AppendLine(stamp, message, output);
            return;
        }

        byte[] plain = Unescape(message);
        foreach (Range line in plain.AsSpan().Split((byte)'\n'))
        {
            AppendLine(stamp, plain.AsSpan()[line], output);
        }
    }

    private static void AppendLine(ReadOnlySpan<byte> stamp, ReadOnlySpan<byte> line, IBufferWriter<byte> output)
    {
        output.Write(stamp);
        output.Write(line);
        output.Write("\n"u8);
    }

    /// <summary>The third of at least three fields that a comma divides.</summary>
    private static bool TryStamp(ReadOnlySpan<byte> head, out ulong microseconds)
    {
        microseconds = 0;
        int first = head.IndexOf((byte)',');
        int second = first < 0 ? -1 : head[(first + 1)..].IndexOf((byte)',');
        if (second < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> field = head[(first + second + 2)..];
        int end = field.IndexOf((byte)',');
        field = end < 0 ? field : field[..end];
        return Utf8Parser.TryParse(field, out microseconds, out int used) && used == field.Length;
    }

    /// <summary>
    /// The kernel writes bytes outside 32–126 and the backslash as <c>\xHH</c>. Control bytes other than tab and newline stay escaped:
    /// a device's name must not move a reader's terminal.
    /// </summary>
    private static byte[] Unescape(ReadOnlySpan<byte> bytes)
    {
        var result = new List<byte>(bytes.Length);
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '\\' && i + 3 < bytes.Length && bytes[i + 1] == 'x'
                && byte.TryParse(bytes.Slice(i + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)
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

        return [.. result];
    }
}
