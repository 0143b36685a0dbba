using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Vfio;

/// <summary>Interrupt vectors of a function.</summary>
internal sealed partial class VfioDevice
{
    /// <summary>VFIO_DEVICE_GET_IRQ_INFO: whether an interrupt kind has so many vectors that can wake an event descriptor.</summary>
    public unsafe bool HasVectors(uint index, uint count)
    {
        var info = new IrqInfo { Size = (uint)sizeof(IrqInfo), Index = index };
        // Safe: the struct lives on this frame and its Size member tells the kernel how much it may write; so below.
        int result = _system.Ioctl(_device.Number, VfioRequests.DeviceGetIrqInfo, (nint)(&info));
        // A kernel answers EINVAL for an index that the function's kind does not have.
        return result != -Errno.EINVAL && Failure.Check(result, "VFIO_DEVICE_GET_IRQ_INFO", _device.Path) >= 0
            && info.Count >= count && (info.Flags & VfioRequests.IrqEventDescriptor) != 0;
    }

    /// <summary>
    /// Routes vector 0 or 1 of an interrupt kind to an event descriptor. All vectors up to it are allocated by this one call, since not
    /// every kernel can add some later (VFIO_IRQ_INFO_NORESIZE); one without a descriptor stays silent.
    /// </summary>
    public unsafe void Route(uint index, uint vector, int eventDescriptor)
    {
        var set = new IrqSet
        {
            Size = IrqSet.HeaderBytes + (sizeof(int) * (vector + 1)),
            Flags = VfioRequests.SetTriggerDescriptors,
            Index = index,
            Count = vector + 1,
            Descriptor = vector == 0 ? eventDescriptor : -1,
            SecondDescriptor = eventDescriptor,
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

    /// <summary>Takes an interrupt kind away again; errors do not matter on the way out.</summary>
    public unsafe void Unroute(uint index)
    {
        var set = new IrqSet { Size = IrqSet.HeaderBytes, Flags = VfioRequests.SetTriggerNone, Index = index };
        // Safe: the struct lives on this frame and is longer than its Size member says.
        _ = _system.Ioctl(_device.Number, VfioRequests.DeviceSetIrqs, (nint)(&set));
    }
}
