using System.Buffers.Binary;

namespace Passthrough.Host.Pci;

/// <summary>
/// Config space as far as it was read: 64 bytes without privilege, 256 or 4096 with; of these all, or the header and the capabilities.
/// Never throws on any content. Source: PCI Local Bus 3.0 §6.1, PCI Express Base 5.0 §7.5.
/// </summary>
public sealed class PciConfigSpace
{
    /// <summary>Bytes of the header, which everybody may read.</summary>
    public const int HeaderBytes = 64;

    private readonly PciConfigPart[] _parts;

    /// <summary>The first bytes, without a gap.</summary>
    public PciConfigSpace(ReadOnlyMemory<byte> bytes)
    {
        Length = bytes.Length;
        _parts = [new PciConfigPart(0, bytes)];
    }

    /// <summary>Parts of a space of which <paramref name="length"/> bytes are readable.</summary>
    public PciConfigSpace(int length, IEnumerable<PciConfigPart> parts)
    {
        Length = length;
        _parts = [.. parts];
    }

    /// <summary>How many bytes are readable; with parts, more than were read.</summary>
    public int Length { get; }

    /// <summary>What was read.</summary>
    public IReadOnlyList<PciConfigPart> Parts => _parts;

    /// <summary>Header type without the multi-function bit; 0 when the byte was not read.</summary>
    public int HeaderType => (Byte(0x0e) ?? 0) & 0x7f;

    /// <summary>The multi-function bit.</summary>
    public bool IsMultiFunction => ((Byte(0x0e) ?? 0) & 0x80) != 0;

    /// <summary>The first dword is all ones: the device does not answer, or is a virtual function, whose ids read so.</summary>
    public bool IsDead => Dword(0) == uint.MaxValue;

    /// <summary>Every byte that was read is ff, and there is one.</summary>
    public bool IsAllOnes => _parts.Any(part => !part.Bytes.IsEmpty)
        && Array.TrueForAll(_parts, part => part.Bytes.Span.IndexOfAnyExcept((byte)0xff) < 0);

    /// <summary>A byte, null where it was not read.</summary>
    public byte? Byte(int offset) => At(offset, 1, out ReadOnlySpan<byte> bytes) ? bytes[0] : null;

    /// <summary>A little-endian word, null where it was not read.</summary>
    public ushort? Word(int offset) => At(offset, 2, out ReadOnlySpan<byte> bytes) ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : null;

    /// <summary>A little-endian double word, null where it was not read.</summary>
    public uint? Dword(int offset) => At(offset, 4, out ReadOnlySpan<byte> bytes) ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : null;

    private bool At(int offset, int count, out ReadOnlySpan<byte> bytes)
    {
        foreach (PciConfigPart part in _parts)
        {
            if (offset >= part.Offset && offset + count <= part.Offset + part.Bytes.Length)
            {
                bytes = part.Bytes.Span.Slice(offset - part.Offset, count);
                return true;
            }
        }

        bytes = [];
        return false;
    }
}

/// <summary>Bytes from one place of config space.</summary>
/// <param name="Offset">Where they begin.</param>
/// <param name="Bytes">The bytes.</param>
public readonly record struct PciConfigPart(int Offset, ReadOnlyMemory<byte> Bytes);
