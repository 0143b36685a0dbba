using System.Buffers.Binary;
using System.Text;

namespace Passthrough.Tests.Acpi;

/// <summary>Builds small tables with a right length and checksum.</summary>
internal static class TableBuilder
{
    public static byte[] Dmar(byte width, byte flags, params byte[][] structures) => Table("DMAR", [width, flags], structures);

    public static byte[] Ivrs(params byte[][] blocks) => Table("IVRS", [0x41, 0x30, 0x20, 0], blocks);

    public static byte[] Structure(ushort type, params byte[] rest)
    {
        byte[] bytes = [.. Le16(type), .. Le16((ushort)(rest.Length + 4)), .. rest];
        return bytes;
    }

    public static byte[] Le16(ushort value) => [(byte)value, (byte)(value >> 8)];

    public static byte[] Le64(ulong value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }

    /// <summary>Sets the length in the header and mends the checksum.</summary>
    public static byte[] Seal(byte[] table)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(4), (uint)table.Length);
        table[9] = 0;
        table[9] = (byte)-table.Sum(value => value);
        return table;
    }

    private static byte[] Table(string signature, byte[] own, byte[][] structures)
    {
        byte[] head = new byte[48];
        Encoding.ASCII.GetBytes(signature).CopyTo(head, 0);
        head[8] = 1;
        "VENDOR"u8.CopyTo(head.AsSpan(10));
        "BOARD\0\0\0"u8.CopyTo(head.AsSpan(16));
        own.CopyTo(head, 36);
        return Seal([.. head, .. structures.SelectMany(bytes => bytes)]);
    }
}
