using System.Buffers.Binary;

namespace Passthrough.Bench.Vfio;

/// <summary>What a container's IOMMU can map: page sizes, IOVA ranges and mappings left.</summary>
/// <param name="PageSizes">Bit n set: pages of 2^n bytes; 0 where the interface does not tell (iommufd).</param>
/// <param name="Ranges">Usable ranges, both ends included; empty when the kernel (before 5.4) does not tell.</param>
/// <param name="MappingsLeft">dma_avail; null when the kernel (before 5.10) does not tell.</param>
internal sealed record IovaSpace(ulong PageSizes, IReadOnlyList<(ulong Start, ulong End)> Ranges, uint? MappingsLeft)
{
    private const uint FlagPageSizes = 1;
    private const uint FlagCapabilities = 2;

    /// <summary>Parses what VFIO_IOMMU_GET_INFO filled. Any bytes give an answer; what does not fit is left out.</summary>
    public static IovaSpace Parse(ReadOnlySpan<byte> info)
    {
        if (info.Length < 20)
        {
            return new IovaSpace(0, [], null);
        }

        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(info[4..]);
        ulong pageSizes = (flags & FlagPageSizes) != 0 ? BinaryPrimitives.ReadUInt64LittleEndian(info[8..]) : 0;
        uint offset = (flags & FlagCapabilities) != 0 ? BinaryPrimitives.ReadUInt32LittleEndian(info[16..]) : 0;
        var ranges = new List<(ulong, ulong)>();
        uint? left = null;

        // Each header is {u16 id, u16 version, u32 next}; a chain that does not move forward is cut, so that it ends.
        while (offset >= 20 && offset + 8L <= info.Length)
        {
            ReadOnlySpan<byte> capability = info[(int)offset..];
            ushort id = BinaryPrimitives.ReadUInt16LittleEndian(capability);
            uint next = BinaryPrimitives.ReadUInt32LittleEndian(capability[4..]);
            if (id == VfioRequests.CapabilityIovaRange && capability.Length >= 16)
            {
                uint count = BinaryPrimitives.ReadUInt32LittleEndian(capability[8..]);
                for (int at = 16; count > 0 && at + 16 <= capability.Length; at += 16, count--)
                {
                    ranges.Add((BinaryPrimitives.ReadUInt64LittleEndian(capability[at..]), BinaryPrimitives.ReadUInt64LittleEndian(capability[(at + 8)..])));
                }
            }
            else if (id == VfioRequests.CapabilityDmaAvailable && capability.Length >= 12)
            {
                left = BinaryPrimitives.ReadUInt32LittleEndian(capability[8..]);
            }

            if (next <= offset)
            {
                break;
            }

            offset = next;
        }

        return new IovaSpace(pageSizes, ranges, left);
    }

    /// <summary>
    /// The lowest aligned place for so many bytes, not below <paramref name="alignment"/> (IOVA 0 hides null-pointer errors of devices)
    /// and not below <paramref name="from"/>; null when none fits. Without known ranges it is 4 GiB at least: above the 32-bit hole
    /// where message-signalled interrupts live.
    /// </summary>
    public ulong? Place(ulong bytes, ulong alignment, ulong from = 0)
    {
        IReadOnlyList<(ulong Start, ulong End)> ranges = Ranges.Count > 0 ? Ranges : [(1UL << 32, ulong.MaxValue)];
        foreach ((ulong start, ulong end) in ranges)
        {
            ulong first = Math.Max(Math.Max(start, alignment), from);
            ulong aligned = first > ulong.MaxValue - alignment ? ulong.MaxValue : (first + alignment - 1) / alignment * alignment;
            if (aligned <= end && bytes > 0 && end - aligned >= bytes - 1)
            {
                return aligned;
            }
        }

        return null;
    }
}
