using System.Buffers.Binary;
using System.Text;

namespace Passthrough.Host.Acpi;

/// <summary>What the two tables have in common: the header, its checksum, and text fields.</summary>
internal static class AcpiBytes
{
    /// <summary>Length of the standard header. Source: ACPI 6.5 §5.2.6.</summary>
    public const int HeaderLength = 36;

    /// <summary>
    /// Reads the header. Null when fewer bytes are there than it needs. Length and checksum are told as problems and do not
    /// stop the reading: firmware is wrong more often than absent.
    /// </summary>
    public static AcpiHeader? ReadHeader(ReadOnlySpan<byte> bytes, List<string> problems)
    {
        if (bytes.Length < HeaderLength)
        {
            return null;
        }

        uint length = U32(bytes, 4);
        string signature = Text(bytes[..4]);
        bool isValid = false;
        if (length < HeaderLength)
        {
            problems.Add($"The {signature} header gives a length of {length} bytes, less than the header itself.");
        }
        else if (length > bytes.Length)
        {
            problems.Add($"The {signature} header gives a length of {length} bytes, but only {bytes.Length} are there.");
        }
        else
        {
            isValid = IsSumZero(bytes[..(int)length]);
            if (!isValid)
            {
                problems.Add($"The checksum of {signature} is wrong.");
            }

            if (length < bytes.Length)
            {
                problems.Add($"{bytes.Length - length} bytes follow the {length} bytes of {signature}; they are passed over.");
            }
        }

        return new AcpiHeader(signature, length, bytes[8], isValid, Text(bytes.Slice(10, 6)), Text(bytes.Slice(16, 8)));
    }

    /// <summary>The bytes that belong to the table: no more than are there, no more than the header says.</summary>
    public static ReadOnlySpan<byte> Body(ReadOnlySpan<byte> bytes, AcpiHeader header) =>
        header.Length >= HeaderLength && header.Length < bytes.Length ? bytes[..(int)header.Length] : bytes;

    /// <summary>A text field up to its first NUL, without blanks at the end; a byte that is no printable ASCII is shown as '?'.</summary>
    public static string Text(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        var text = new StringBuilder();
        foreach (byte value in end < 0 ? field : field[..end])
        {
            text.Append(value is >= 0x20 and < 0x7f ? (char)value : '?');
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>A little-endian word.</summary>
    public static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    /// <summary>A little-endian double word.</summary>
    public static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    /// <summary>A little-endian quad word.</summary>
    public static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);

    private static bool IsSumZero(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (byte value in bytes)
        {
            sum += value;
        }

        return sum == 0;
    }
}
