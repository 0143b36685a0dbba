using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Vfio;
using Passthrough.Bench.Workloads.Memory;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads.Dma;

/// <summary>
/// Maps and unmaps one block of prefaulted memory for DMA. One operation is one whole ioctl; its counterpart happens between
/// the timed calls. The device itself is not opened: the mapping belongs to its group's container.
/// </summary>
internal sealed class VfioMapWorkload : IWorkload
{
    private readonly ISystemCalls _system;
    private readonly ParameterSet _parameters;
    private readonly PciAddress _device;
    private readonly PageKind _kind;
    private readonly ulong _bytes;
    private readonly bool _timesMap;
    private VfioContainer? _container;
    private MemoryRegion? _region;
    private RegionPages? _pages;
    private ulong _iova;
    private long _mappedBytes;
    private long _mappedMark;

    /// <summary>Checks the parameters; nothing is opened.</summary>
    public VfioMapWorkload(ISystemCalls system, ParameterSet parameters, PciAddress device)
    {
        _system = system;
        _parameters = parameters;
        _device = device;
        _kind = parameters.Choice("pages", "4k", "2m") == "2m" ? PageKind.Huge2M : PageKind.Base4K;
        _bytes = (ulong)parameters.Multiple("sizeBytes", MemoryRegion.HugePageBytes, 1L << 40);
        _timesMap = parameters.Choice("operation", "map", "unmap") == "map";
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Parameters => _parameters.Values;

    /// <inheritdoc />
    public void Prepare()
    {
        _region = MemoryRegion.Allocate(_system, (long)_bytes, _kind, node: null);
        _pages = PageCheck.Verify(_region);
        _container = VfioContainer.Open(_system, _device);
        // An IOVA that is not aligned to 2 MiB would force small IOMMU pages whatever backs the memory.
        _iova = _container.Space.Place(_bytes, (ulong)MemoryRegion.HugePageBytes)
            ?? throw new BenchException($"no usable IOVA range of {_device}'s IOMMU has room for {_bytes} bytes.");
    }

    /// <inheritdoc />
    public void MarkWitness() => _mappedMark = _mappedBytes;

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        VfioContainer container = _container!;
        while (stage.Goes)
        {
            long startNs = Clock.NowNs;
            int mapped = container.Map(_region!.Address, _iova, _bytes);
            long mappedNs = Clock.NowNs;
            if (mapped < 0)
            {
                throw VfioContainer.MapFailure(mapped);
            }

            long unmapStartNs = Clock.NowNs;
            long unmapped = container.Unmap(_iova, _bytes);
            long unmappedNs = Clock.NowNs;
            if (unmapped != (long)_bytes)
            {
                throw VfioContainer.UnmapFailure(unmapped, _bytes);
            }

            _mappedBytes += unmapped;
            stage.Record(_timesMap ? mappedNs - startNs : unmappedNs - unmapStartNs, unmapped);
        }
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Witness()
    {
        var witness = new Dictionary<string, double> { ["mappedBytes"] = _mappedBytes - _mappedMark };
        if (_pages is { } pages)
        {
            witness["hugePageBytes"] = pages.HugeBytes;
        }

        return witness;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        // The mapping goes before the memory behind it.
        _container?.Dispose();
        _region?.Dispose();
    }
}
