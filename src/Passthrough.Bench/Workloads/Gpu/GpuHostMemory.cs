using Passthrough.Bench.Native;
using Passthrough.Bench.Workloads.Memory;

namespace Passthrough.Bench.Workloads.Gpu;

/// <summary>How the host's side of a copy is backed.</summary>
internal enum GpuHostKind
{
    /// <summary>Page-locked by the driver (cuMemHostAlloc).</summary>
    Pinned,

    /// <summary>Ordinary memory, which the driver copies through a buffer of its own.</summary>
    Pageable,

    /// <summary>Huge pages of 2 MiB from the pool, then locked (cuMemHostRegister).</summary>
    HugePage,
}

/// <summary>The host's side of a copy; disposing gives back what was locked, in the order that the driver asks for.</summary>
internal sealed class GpuHostMemory : IDisposable
{
    private readonly ICudaDriver _driver;
    private readonly MemoryRegion? _region;
    private readonly bool _registered;

    private GpuHostMemory(ICudaDriver driver, nint address, MemoryRegion? region, bool registered)
    {
        _driver = driver;
        Address = address;
        _region = region;
        _registered = registered;
    }

    /// <summary>First byte.</summary>
    public nint Address { get; }

    /// <summary>Allocates, on a node where one is named, and locks where the kind asks for it. The context is current.</summary>
    public static GpuHostMemory Allocate(ISystemCalls system, ICudaDriver driver, GpuHostKind kind, nint bytes, int? node)
    {
        if (kind == GpuHostKind.Pinned)
        {
            // The driver takes its pages where the thread's policy says; what came of it is verified by its user.
            using (ThreadMemoryPolicy.Bind(system, node))
            {
                driver.Check(driver.AllocateHost(out nint address, bytes), "cuMemHostAlloc", $"{bytes} bytes");
                return new GpuHostMemory(driver, address, null, false);
            }
        }

        MemoryRegion region = MemoryRegion.Allocate(system, bytes, kind == GpuHostKind.HugePage ? PageKind.Huge2M : PageKind.Base4K, node);
        try
        {
            _ = PageCheck.Verify(region);
            NumaPlacement.Verify(system, region, node);
            if (kind == GpuHostKind.HugePage)
            {
                driver.Check(driver.RegisterHost(region.Address, bytes), "cuMemHostRegister", $"{bytes} bytes of huge pages");
            }

            return new GpuHostMemory(driver, region.Address, region, kind == GpuHostKind.HugePage);
        }
        catch
        {
            region.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_registered)
        {
            _ = _driver.UnregisterHost(Address);
        }

        if (_region is not null)
        {
            _region.Dispose();
        }
        else
        {
            _ = _driver.FreeHost(Address);
        }
    }
}
