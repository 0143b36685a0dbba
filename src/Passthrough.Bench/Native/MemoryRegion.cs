using Passthrough.Bench.Engine;

namespace Passthrough.Bench.Native;

/// <summary>
/// Page-backed memory of this process whose page size is asked for, prefaulted and then verified. The range stands between
/// inaccessible pages, so that the kernel cannot merge it with a neighbour and smaps speaks of it alone.
/// </summary>
internal sealed unsafe class MemoryRegion : IDisposable
{
    /// <summary>Bytes of a huge page of 2 MiB.</summary>
    public const long HugePageBytes = 2L << 20;

    /// <summary>Bytes of the largest page.</summary>
    public const long GiganticPageBytes = 1L << 30;

    private readonly ISystemCalls _system;
    private readonly nint _reserved;
    private readonly nint _reservedBytes;
    private bool _disposed;

    private MemoryRegion(ISystemCalls system, nint address, long bytes, PageKind kind, nint reserved, nint reservedBytes)
    {
        _system = system;
        Address = address;
        Bytes = bytes;
        Kind = kind;
        _reserved = reserved;
        _reservedBytes = reservedBytes;
    }

    /// <summary>First byte, aligned to 2 MiB, or to the huge page of 1 GiB where such are asked for.</summary>
    public nint Address { get; }

    /// <summary>Size in bytes.</summary>
    public long Bytes { get; }

    /// <summary>Pages asked for.</summary>
    public PageKind Kind { get; }

    /// <summary>Maps, binds to a node where one is named, and prefaults.</summary>
    public static MemoryRegion Allocate(ISystemCalls system, long bytes, PageKind kind, int? node)
    {
        MemoryRegion region = kind is PageKind.Huge2M or PageKind.Huge1G ? MapHuge(system, bytes, kind, node) : MapSmall(system, bytes, kind);
        try
        {
            if (node is { } number)
            {
                NumaPlacement.Bind(system, region.Address, (nint)bytes, number);
            }

            region.Populate(node);
            return region;
        }
        catch
        {
            region.Dispose();
            throw;
        }
    }

    /// <summary>What pages really back it; null when /proc/self/smaps could not be read.</summary>
    public RegionPages? Pages() =>
        _system.ReadText("/proc/self/smaps") is { } text ? SmapsParser.Parse(text, (ulong)Address, (ulong)(Address + Bytes)) : null;

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_disposed)
        {
            _ = _system.Unmap(_reserved, _reservedBytes);
            _disposed = true;
        }
    }

    private static MemoryRegion MapHuge(ISystemCalls system, long bytes, PageKind kind, int? node)
    {
        bool gigantic = kind == PageKind.Huge1G;
        long pages = bytes / (gigantic ? GiganticPageBytes : HugePageBytes);
        string folder = gigantic ? "hugepages-1048576kB" : "hugepages-2048kB";
        string pool = node is { } number
            ? $"/sys/devices/system/node/node{number}/hugepages/{folder}/free_hugepages"
            : $"/sys/kernel/mm/hugepages/{folder}/free_hugepages";
        string remedy = $"{pages} huge pages of {(gigantic ? "1 GiB" : "2 MiB")} are needed; reserve them, for example with "
            + pool.Replace("free_hugepages", "nr_hugepages", StringComparison.Ordinal)
            + (gigantic ? " (or at boot with hugepagesz=1G hugepages=N, before memory is fragmented)" : "");

        // A pool bound to a node runs dry at the first touch, after mmap succeeded: it is asked beforehand as well.
        if (system.ReadNumber(pool) is { } free && free < pages)
        {
            throw new BenchException($"{pool} says {free}: {remedy}.");
        }

        nint address = system.Map(0, (nint)bytes, LinuxFlags.ReadWriteAccess, LinuxFlags.PrivateAnonymous | (gigantic ? LinuxFlags.Huge1G : LinuxFlags.Huge2M), -1, 0);
        return address is < 0 and >= -4095
            ? throw Failure.Of("mmap(MAP_HUGETLB)", $"{bytes} bytes", address, address == -Errno.ENOMEM ? remedy : null)
            : new MemoryRegion(system, address, bytes, kind, address, (nint)bytes);
    }

    private static MemoryRegion MapSmall(ISystemCalls system, long bytes, PageKind kind)
    {
        // Room for alignment and an inaccessible page on both sides.
        nint reservedBytes = (nint)(bytes + (2 * HugePageBytes));
        nint reserved = system.Map(0, reservedBytes, LinuxFlags.NoAccess, LinuxFlags.PrivateAnonymous | LinuxFlags.NoReserve, -1, 0);
        if (reserved is < 0 and >= -4095)
        {
            throw Failure.Of("mmap", $"{bytes} bytes", reserved);
        }

        nint inside = (nint)(((reserved + 4096 + HugePageBytes - 1) / HugePageBytes) * HugePageBytes);
        // Safe: the fixed range lies inside the reservation made above.
        nint address = system.Map(inside, (nint)bytes, LinuxFlags.ReadWriteAccess, LinuxFlags.PrivateAnonymous | LinuxFlags.Fixed, -1, 0);
        if (address is < 0 and >= -4095)
        {
            _ = system.Unmap(reserved, reservedBytes);
            throw Failure.Of("mmap", $"{bytes} bytes", address);
        }

        int advice = kind == PageKind.Transparent ? LinuxFlags.AdviseHugePage : LinuxFlags.AdviseNoHugePage;
        int result = system.Advise(address, (nint)bytes, advice);
        // A kernel without transparent huge pages answers EINVAL: then every page is small anyway.
        if (result < 0 && kind == PageKind.Transparent)
        {
            _ = system.Unmap(reserved, reservedBytes);
            throw Failure.Of("madvise(MADV_HUGEPAGE)", $"{bytes} bytes", result, "this kernel has no transparent huge pages");
        }

        return new MemoryRegion(system, address, bytes, kind, reserved, reservedBytes);
    }

    private void Populate(int? node)
    {
        int result = _system.Advise(Address, (nint)Bytes, LinuxFlags.AdvisePopulateWrite);
        if (result == 0)
        {
            return;
        }

        if (result != -Errno.EINVAL)
        {
            string where = node is { } number ? $"node {number} has not that much free memory of this page size" : "memory of this page size is short";
            throw Failure.Of("madvise(MADV_POPULATE_WRITE)", $"{Bytes} bytes", result, where);
        }

        // Before Linux 5.14: touch each page by hand. Safe: the range is mapped readable and writable.
        for (long at = 0; at < Bytes; at += 4096)
        {
            Volatile.Write(ref *(byte*)(Address + (nint)at), 1);
        }
    }
}

/// <summary>Pages asked for.</summary>
internal enum PageKind
{
    /// <summary>Base pages of 4 KiB, transparent huge pages refused.</summary>
    Base4K,

    /// <summary>hugetlb pages of 2 MiB from the pool.</summary>
    Huge2M,

    /// <summary>hugetlb pages of 1 GiB from the pool.</summary>
    Huge1G,

    /// <summary>Transparent huge pages asked for; the kernel may or may not give them.</summary>
    Transparent,
}
