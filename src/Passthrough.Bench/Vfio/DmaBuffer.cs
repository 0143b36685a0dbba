using System.Numerics;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Workloads.Memory;

namespace Passthrough.Bench.Vfio;

/// <summary>Hands out IOVA ranges of an address space one behind the other.</summary>
/// <param name="space">The space.</param>
internal sealed class IovaCursor(IovaSpace space)
{
    private ulong _next;

    /// <summary>The next aligned range of so many bytes.</summary>
    public ulong Take(ulong bytes, ulong alignment)
    {
        ulong place = space.Place(bytes, alignment, _next)
            ?? throw new BenchException($"no usable IOVA range of the device's IOMMU has room for {bytes} bytes.");
        _next = place + bytes;
        return place;
    }
}

/// <summary>Prefaulted memory of this process that the device can reach: one region and one mapping.</summary>
internal sealed class DmaBuffer : IDisposable
{
    /// <summary>What an IOVA is moved by, so that no IOMMU page larger than 4 KiB fits.</summary>
    private const ulong Misplaced = 4096;

    private readonly DmaSpace _space;
    private readonly MemoryRegion _region;
    private bool _disposed;

    private DmaBuffer(DmaSpace space, MemoryRegion region, RegionPages? pages, ulong iova)
    {
        _space = space;
        _region = region;
        Pages = pages;
        Iova = iova;
    }

    /// <summary>First byte, for this process.</summary>
    public nint Address => _region.Address;

    /// <summary>First byte, for the device.</summary>
    public ulong Iova { get; }

    /// <summary>Size.</summary>
    public long Bytes => _region.Bytes;

    /// <summary>The pages behind it; null when the kernel did not tell.</summary>
    public RegionPages? Pages { get; }

    /// <summary>The largest IOMMU page that the placement allows, up to 1 GiB.</summary>
    public long IovaAlignmentBytes => AlignmentOf(Address, Iova);

    /// <summary>Allocates and maps; sizes are rounded up to whole pages of the kind.</summary>
    /// <param name="system">The seam.</param>
    /// <param name="space">Where it is mapped.</param>
    /// <param name="cursor">Gives the IOVA.</param>
    /// <param name="bytes">How much.</param>
    /// <param name="kind">Pages behind it.</param>
    /// <param name="smallIommuPages">Places the IOVA so that the IOMMU can use pages of 4 KiB only, whatever backs the memory.</param>
    public static DmaBuffer Map(ISystemCalls system, DmaSpace space, IovaCursor cursor, long bytes, PageKind kind, bool smallIommuPages = false)
    {
        long unit = kind switch
        {
            PageKind.Huge1G => MemoryRegion.GiganticPageBytes,
            PageKind.Huge2M or PageKind.Transparent => MemoryRegion.HugePageBytes,
            _ => 4096,
        };
        MemoryRegion region = MemoryRegion.Allocate(system, (bytes + unit - 1) / unit * unit, kind, node: null);
        try
        {
            RegionPages? pages = PageCheck.Verify(region);
            ulong iova = Place(cursor, region, smallIommuPages);
            int result = space.Map(region.Address, iova, (ulong)region.Bytes);
            return result >= 0 ? new DmaBuffer(space, region, pages, iova) : throw space.MapFailure(result);
        }
        catch
        {
            region.Dispose();
            throw;
        }
    }

    /// <summary>An IOVA for a region: at the boundary of its largest page, or right beside such a boundary.</summary>
    public static ulong Place(IovaCursor cursor, MemoryRegion region, bool smallIommuPages)
    {
        ulong alignment = (ulong)(region.Kind == PageKind.Huge1G ? MemoryRegion.GiganticPageBytes : MemoryRegion.HugePageBytes);
        return smallIommuPages ? cursor.Take((ulong)region.Bytes + Misplaced, alignment) + Misplaced : cursor.Take((ulong)region.Bytes, alignment);
    }

    /// <summary>The largest power of two, up to 1 GiB, by which both addresses have the same remainder: no larger page can translate one to the other.</summary>
    public static long AlignmentOf(nint address, ulong iova) =>
        1L << Math.Min(30, BitOperations.TrailingZeroCount((ulong)address ^ iova));

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_disposed)
        {
            // The mapping goes before the memory behind it. Where unmapping fails the pages stay pinned until the space is closed.
            _ = _space.Unmap(Iova, (ulong)Bytes);
            _region.Dispose();
            _disposed = true;
        }
    }
}
