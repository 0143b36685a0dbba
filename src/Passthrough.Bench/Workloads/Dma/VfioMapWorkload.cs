using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Vfio;
using Passthrough.Bench.Workloads.Memory;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads.Dma;

/// <summary>
/// Maps and unmaps one block of prefaulted memory for DMA. One operation is one whole ioctl; its counterpart happens between
/// the timed calls. With type1 the device itself is not opened: the mapping belongs to its group's container. iommufd has no page
/// table before a device is attached, so there it is opened and attached, and the kernel resets it where it can.
/// </summary>
internal sealed class VfioMapWorkload : IWorkload
{
    private readonly ISystemCalls _system;
    private readonly ParameterSet _parameters;
    private readonly PciAddress _device;
    private readonly VfioBackend _backend;
    private readonly PageKind _kind;
    private readonly ulong _bytes;
    private readonly bool _timesMap;
    private readonly bool _smallIommuPages;
    private DmaSpace? _space;
    private MemoryRegion? _region;
    private RegionPages? _pages;
    private bool _hugeOff;
    private ulong _iova;
    private long _mappedBytes;
    private long _mappedMark;

    /// <summary>Checks the parameters; nothing is opened.</summary>
    public VfioMapWorkload(ISystemCalls system, ParameterSet parameters, PciAddress device)
    {
        _system = system;
        _parameters = parameters;
        _device = device;
        _backend = VfioFunctions.Backend(parameters);
        _kind = VfioFunctions.Pages(parameters, "4k", "thp", "2m", "1g");
        _bytes = (ulong)parameters.Multiple("sizeBytes", _kind == PageKind.Huge1G ? MemoryRegion.GiganticPageBytes : MemoryRegion.HugePageBytes, 1L << 40);
        _timesMap = parameters.Choice("operation", "map", "unmap") == "map";
        _smallIommuPages = parameters.Choice("iommuPages", "auto", "4k") == "4k";
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Parameters => _parameters.Values;

    /// <inheritdoc />
    public void Prepare()
    {
        VfioFunctions.RequireVfioPci(_system, _device);
        _region = MemoryRegion.Allocate(_system, (long)_bytes, _kind, node: null);
        _pages = PageCheck.Verify(_region);
        _space = DmaSpace.Open(_system, _device, _backend);
        _parameters.Resolve("backend", _space.Backend);
        // The kernel's own switch where there is one at run time, else an IOVA at which no larger page fits.
        _hugeOff = _smallIommuPages && _space.TryForceSmallPages();
        _iova = DmaBuffer.Place(new IovaCursor(_space.Space), _region, _smallIommuPages && !_hugeOff);
    }

    /// <inheritdoc />
    public void MarkWitness() => _mappedMark = _mappedBytes;

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        DmaSpace space = _space!;
        while (stage.Goes)
        {
            long startNs = Clock.NowNs;
            int mapped = space.Map(_region!.Address, _iova, _bytes);
            long mappedNs = Clock.NowNs;
            if (mapped < 0)
            {
                throw space.MapFailure(mapped);
            }

            long unmapStartNs = Clock.NowNs;
            long unmapped = space.Unmap(_iova, _bytes);
            long unmappedNs = Clock.NowNs;
            if (unmapped != (long)_bytes)
            {
                throw space.UnmapFailure(unmapped, _bytes);
            }

            _mappedBytes += unmapped;
            stage.Record(_timesMap ? mappedNs - startNs : unmappedNs - unmapStartNs, unmapped);
        }
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Witness()
    {
        var witness = new Dictionary<string, double>
        {
            ["mappedBytes"] = _mappedBytes - _mappedMark,
            ["iovaAlignmentBytes"] = DmaBuffer.AlignmentOf(_region!.Address, _iova),
            ["iommuHugePagesOff"] = _hugeOff ? 1 : 0,
        };
        if (_pages is { } pages)
        {
            witness["hugePageBytes"] = pages.HugeBytes + pages.GiganticBytes;
        }

        return witness;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        // The mapping goes before the memory behind it.
        _space?.Dispose();
        _region?.Dispose();
    }
}
