using System.Buffers.Binary;

namespace Passthrough.Guests.Qemu;

/// <summary>Tells whether a 64-bit ELF program starts without a dynamic loader (elf(5)): an initramfs has none.</summary>
internal static class StaticElf
{
    private const int Interpreter = 3;

    /// <summary>True only for a little-endian 64-bit ELF file without a PT_INTERP header. Never throws.</summary>
    public static bool IsStatic(ReadOnlySpan<byte> file)
    {
        if (file.Length < 64 || !file[..6].SequenceEqual((ReadOnlySpan<byte>)[0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
        {
            return false;
        }

        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(file[32..]);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(file[54..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(file[56..]);
        for (int index = 0; index < count; index++)
        {
            ulong at = table + ((ulong)index * (ulong)size);
            if (at > (ulong)file.Length - 4)
            {
                return false;
            }

            if (BinaryPrimitives.ReadInt32LittleEndian(file[(int)at..]) == Interpreter)
            {
                return false;
            }
        }

        return true;
    }
}
