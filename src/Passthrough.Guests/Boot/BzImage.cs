using System.Buffers.Binary;

namespace Passthrough.Guests.Boot;

/// <summary>How the kernel inside a bzImage is compressed.</summary>
internal enum BzImageCompression
{
    /// <summary>Zstandard, magic 28 b5 2f fd.</summary>
    Zstd,

    /// <summary>xz, magic fd 37 7a 58 5a 00.</summary>
    Xz,

    /// <summary>The legacy lz4 frame, magic 02 21 4c 18.</summary>
    Lz4,

    /// <summary>Not compressed: an ELF file.</summary>
    None,
}

/// <summary>Where the compressed kernel lies in a bzImage; offsets and lengths in bytes.</summary>
/// <param name="Compression">How the payload is compressed.</param>
/// <param name="Offset">First byte of the payload in the file.</param>
/// <param name="Length">Length of the payload without the size field behind it.</param>
/// <param name="Size">Length of the kernel when unpacked, as the image states it.</param>
internal readonly record struct BzImagePayload(BzImageCompression Compression, int Offset, int Length, long Size);

/// <summary>
/// Finds the ELF kernel inside a bzImage by the boot header (Documentation/arch/x86/boot.rst, protocol 2.08 and later):
/// QEMU starts an ELF kernel with a PVH note directly, which saves the unpacking inside the emulated machine.
/// </summary>
internal static class BzImage
{
    private const int SetupSectors = 0x1F1;
    private const int HeaderMagic = 0x202;
    private const int ProtocolVersion = 0x206;
    private const int PayloadOffset = 0x248;
    private const int PayloadLength = 0x24C;

    /// <summary>The payload, or null with the reason in <paramref name="problem"/>. Never throws.</summary>
    public static BzImagePayload? Locate(ReadOnlySpan<byte> image, out string? problem)
    {
        problem = null;
        if (image.Length < PayloadLength + 4 || !image.Slice(HeaderMagic, 4).SequenceEqual("HdrS"u8))
        {
            problem = "the file has no x86 boot header";
            return null;
        }

        if (BinaryPrimitives.ReadUInt16LittleEndian(image[ProtocolVersion..]) < 0x208)
        {
            problem = "the boot protocol is older than 2.08 and does not say where the kernel lies";
            return null;
        }

        // 0 means 4 for historical reasons, says boot.rst.
        int sectors = image[SetupSectors] == 0 ? 4 : image[SetupSectors];
        long offset = ((sectors + 1) * 512L) + BinaryPrimitives.ReadUInt32LittleEndian(image[PayloadOffset..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(image[PayloadLength..]);
        if (length < 16 || offset + length > image.Length)
        {
            problem = "the boot header names a place outside the file";
            return null;
        }

        ReadOnlySpan<byte> payload = image.Slice((int)offset, (int)length);
        BzImageCompression? compression = Recognise(payload);
        if (compression is null)
        {
            problem = "the kernel is compressed in a way that is neither zstd, xz nor lz4";
            return null;
        }

        if (compression is BzImageCompression.None)
        {
            return new BzImagePayload(BzImageCompression.None, (int)offset, (int)length, length);
        }

        // The kernel's build appends the unpacked size to formats that do not carry it where the unpacker looks.
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(payload[^4..]);
        return new BzImagePayload(compression.Value, (int)offset, (int)length - 4, size);
    }

    private static BzImageCompression? Recognise(ReadOnlySpan<byte> payload) => payload switch
    {
        [0x28, 0xB5, 0x2F, 0xFD, ..] => BzImageCompression.Zstd,
        [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, ..] => BzImageCompression.Xz,
        [0x02, 0x21, 0x4C, 0x18, ..] => BzImageCompression.Lz4,
        [0x7F, (byte)'E', (byte)'L', (byte)'F', ..] => BzImageCompression.None,
        _ => null,
    };
}
