using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Vfio;

/// <summary>An open PCI function behind VFIO, with its address space. Disposed in the order BARs, device, space.</summary>
internal sealed partial class VfioDevice : IDisposable
{
    private const int CommandRegister = 0x04;
    private readonly ISystemCalls _system;
    private readonly Descriptor _device;
    private readonly List<MmioRegion> _regions = [];

    private VfioDevice(ISystemCalls system, DmaSpace space, Descriptor device)
    {
        _system = system;
        Space = space;
        _device = device;
    }

    /// <summary>The address space that the function's DMA goes through.</summary>
    public DmaSpace Space { get; }

    /// <summary>Opens a function bound to vfio-pci.</summary>
    public static VfioDevice Open(ISystemCalls system, PciAddress address, VfioBackend backend = VfioBackend.Auto)
    {
        DmaSpace space = DmaSpace.Open(system, address, backend);
        try
        {
            return new VfioDevice(system, space, space.OpenDevice());
        }
        catch
        {
            space.Dispose();
            throw;
        }
    }

    /// <summary>VFIO_DEVICE_GET_INFO.</summary>
    public unsafe DeviceInfo Info()
    {
        var info = new DeviceInfo { Size = (uint)sizeof(DeviceInfo) };
        // Safe: the struct lives on this frame and its Size member tells the kernel how much it may write; so below.
        Failure.Check(_system.Ioctl(_device.Number, VfioRequests.DeviceGetInfo, (nint)(&info)), "VFIO_DEVICE_GET_INFO", _device.Path);
        return info;
    }

    /// <summary>VFIO_DEVICE_GET_REGION_INFO.</summary>
    public unsafe RegionInfo Region(uint index)
    {
        var info = new RegionInfo { Size = (uint)sizeof(RegionInfo), Index = index };
        Failure.Check(_system.Ioctl(_device.Number, VfioRequests.DeviceGetRegionInfo, (nint)(&info)), "VFIO_DEVICE_GET_REGION_INFO", _device.Path);
        return info;
    }

    /// <summary>Maps a BAR; it is unmapped with the device.</summary>
    public MmioRegion MapBar(uint index)
    {
        MmioRegion region = MmioRegion.Map(_system, _device, Region(index));
        _regions.Add(region);
        return region;
    }

    /// <summary>
    /// Lets the function answer memory accesses and send messages (PCI_COMMAND memory and bus master): an MSI is a memory write
    /// of the device. VFIO restores the register when the device is closed.
    /// </summary>
    public void EnableMemoryAndMaster() => SetCommand(CommandMemoryAndMaster);

    /// <summary>Routes the function's one MSI vector to an event descriptor.</summary>
    public void RouteMsi(int eventDescriptor)
    {
        if (!Offers(MessageInterrupt.Msi))
        {
            throw new BenchException($"{_device.Path} offers no MSI vector through VFIO.");
        }

        Route(MessageInterrupt.Msi, eventDescriptor);
    }

    /// <summary>Takes the MSI vector away again; errors do not matter on the way out.</summary>
    public void UnrouteMsi() => Unroute(MessageInterrupt.Msi);

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (MmioRegion region in _regions)
        {
            region.Dispose();
        }

        _device.Dispose();
        Space.Dispose();
    }
}
