using System.Buffers.Binary;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Vfio;

/// <summary>An open PCI function behind VFIO, with its container. Disposed in the order BARs, device, group, container.</summary>
internal sealed class VfioDevice : IDisposable
{
    private const int CommandRegister = 0x04;
    private const ushort MemoryAndMaster = 0x0006;
    private readonly ISystemCalls _system;
    private readonly VfioContainer _container;
    private readonly Descriptor _device;
    private readonly List<MmioRegion> _regions = [];

    private VfioDevice(ISystemCalls system, VfioContainer container, Descriptor device)
    {
        _system = system;
        _container = container;
        _device = device;
    }

    /// <summary>Opens a function bound to vfio-pci.</summary>
    public static VfioDevice Open(ISystemCalls system, PciAddress address)
    {
        VfioContainer container = VfioContainer.Open(system, address);
        try
        {
            return new VfioDevice(system, container, container.Group.OpenDevice(address));
        }
        catch
        {
            container.Dispose();
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
    public void EnableMemoryAndMaster()
    {
        long at = (long)Region(VfioRequests.ConfigRegion).Offset + CommandRegister;
        Span<byte> command = stackalloc byte[2];
        nint count = _system.ReadAt(_device.Number, command, at);
        if (count == 2)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(command, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(command) | MemoryAndMaster));
            count = _system.WriteAt(_device.Number, command, at);
        }

        if (count != 2)
        {
            throw count < 0
                ? Failure.Of("access to PCI_COMMAND", _device.Path, count)
                : new BenchException($"PCI_COMMAND of {_device.Path} could not be accessed: {count} of 2 bytes.");
        }
    }

    /// <summary>Routes the function's one MSI vector to an event descriptor.</summary>
    public unsafe void RouteMsi(int eventDescriptor)
    {
        var info = new IrqInfo { Size = (uint)sizeof(IrqInfo), Index = VfioRequests.MsiIndex };
        // Safe: both structs live on this frame and their Size members tell the kernel their true length.
        Failure.Check(_system.Ioctl(_device.Number, VfioRequests.DeviceGetIrqInfo, (nint)(&info)), "VFIO_DEVICE_GET_IRQ_INFO", _device.Path);
        if (info.Count == 0 || (info.Flags & VfioRequests.IrqEventDescriptor) == 0)
        {
            throw new BenchException($"{_device.Path} offers no MSI vector through VFIO.");
        }

        var set = new IrqSet
        {
            Size = (uint)sizeof(IrqSet),
            Flags = VfioRequests.SetTriggerDescriptors,
            Index = VfioRequests.MsiIndex,
            Count = 1,
            Descriptor = eventDescriptor,
        };
        int result = _system.Ioctl(_device.Number, VfioRequests.DeviceSetIrqs, (nint)(&set));
        if (result < 0)
        {
            throw Failure.Of("VFIO_DEVICE_SET_IRQS", _device.Path, result, VfioErrors.SetIrqs(-result));
        }

        if (result > 0)
        {
            // A positive answer is the number of vectors that would have been available (PCI MSI interface).
            throw new BenchException($"VFIO_DEVICE_SET_IRQS on {_device.Path} could allocate only {result} vectors.");
        }
    }

    /// <summary>Takes the MSI vector away again; errors do not matter on the way out.</summary>
    public unsafe void UnrouteMsi()
    {
        var set = new IrqSet { Size = IrqSet.HeaderBytes, Flags = VfioRequests.SetTriggerNone, Index = VfioRequests.MsiIndex };
        // Safe: the struct lives on this frame and is longer than its Size member says.
        _ = _system.Ioctl(_device.Number, VfioRequests.DeviceSetIrqs, (nint)(&set));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (MmioRegion region in _regions)
        {
            region.Dispose();
        }

        _device.Dispose();
        _container.Dispose();
    }
}
