using Passthrough.Bench.Native;

namespace Passthrough.Bench.Vfio;

/// <summary>The request that fires a vector of a VFIO device by software; made once, so that firing is the call alone. Used while its device is open.</summary>
internal sealed class SoftwareTrigger
{
    private readonly ISystemCalls _system;
    private readonly int _device;
    private readonly IrqSet[] _request;
    private readonly nint _address;

    /// <summary>Prepares the request.</summary>
    public unsafe SoftwareTrigger(ISystemCalls system, int device, uint index)
    {
        _system = system;
        _device = device;
        _request = GC.AllocateArray<IrqSet>(1, pinned: true);
        _request[0] = new IrqSet { Size = IrqSet.HeaderBytes, Flags = VfioRequests.SetTriggerNone, Index = index, Count = 1 };
        // Safe: a pinned array does not move, lives as long as this object and is longer than the Size member says.
        fixed (IrqSet* request = _request)
        {
            _address = (nint)request;
        }
    }

    /// <summary>VFIO_DEVICE_SET_IRQS without data: 0, or -errno.</summary>
    public int Fire() => _system.ShortIoctl(_device, VfioRequests.DeviceSetIrqs, _address);
}
