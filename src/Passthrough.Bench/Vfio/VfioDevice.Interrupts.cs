using System.Buffers.Binary;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Vfio;

/// <content>The first vector of MSI or MSI-X, and the command register without them.</content>
internal sealed partial class VfioDevice
{
    /// <summary>PCI_COMMAND_MEMORY.</summary>
    public const ushort CommandMemory = 0x0002;

    /// <summary>PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER.</summary>
    public const ushort CommandMemoryAndMaster = 0x0006;

    /// <summary>PCI_COMMAND_INTX_DISABLE.</summary>
    public const ushort CommandNoLineInterrupt = 0x0400;

    /// <summary>What the function offers through VFIO, MSI-X before MSI; null when neither.</summary>
    public MessageInterrupt? OfferedInterrupt() =>
        Offers(MessageInterrupt.MsiX) ? MessageInterrupt.MsiX : Offers(MessageInterrupt.Msi) ? MessageInterrupt.Msi : null;

    /// <summary>Routes the first vector to an event descriptor.</summary>
    public unsafe void Route(MessageInterrupt kind, int eventDescriptor)
    {
        var set = new IrqSet
        {
            Size = (uint)sizeof(IrqSet),
            Flags = VfioRequests.SetTriggerDescriptors,
            Index = (uint)kind,
            Count = 1,
            Descriptor = eventDescriptor,
        };
        // Safe: the struct lives on this frame and its Size member tells the kernel its true length.
        int result = _system.Ioctl(_device.Number, VfioRequests.DeviceSetIrqs, (nint)(&set));
        if (result != 0)
        {
            throw result < 0
                ? Failure.Of("VFIO_DEVICE_SET_IRQS", _device.Path, result, VfioErrors.SetIrqs(-result))
                : new BenchException($"VFIO_DEVICE_SET_IRQS on {_device.Path} could allocate no interrupt vector.");
        }
    }

    /// <summary>Fires the first vector by software, as if the device had raised it: 0, or -errno, so that nothing else is timed.</summary>
    public unsafe int Trigger(MessageInterrupt kind)
    {
        var set = new IrqSet { Size = IrqSet.HeaderBytes, Flags = VfioRequests.SetTriggerNone, Index = (uint)kind, Count = 1 };
        // Safe: the struct lives on this frame and is longer than its Size member says; so below.
        return _system.Ioctl(_device.Number, VfioRequests.DeviceSetIrqs, (nint)(&set));
    }

    /// <summary>Takes the vector away again; errors do not matter on the way out.</summary>
    public unsafe void Unroute(MessageInterrupt kind)
    {
        var set = new IrqSet { Size = IrqSet.HeaderBytes, Flags = VfioRequests.SetTriggerNone, Index = (uint)kind };
        _ = _system.Ioctl(_device.Number, VfioRequests.DeviceSetIrqs, (nint)(&set));
    }

    /// <summary>Sets bits of PCI_COMMAND. VFIO restores the register when the device is closed.</summary>
    public void SetCommand(ushort bits)
    {
        long at = (long)Region(VfioRequests.ConfigRegion).Offset + CommandRegister;
        Span<byte> command = stackalloc byte[2];
        nint count = _system.ReadAt(_device.Number, command, at);
        if (count == 2)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(command, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(command) | bits));
            count = _system.WriteAt(_device.Number, command, at);
        }

        if (count != 2)
        {
            throw count < 0
                ? Failure.Of("access to PCI_COMMAND", _device.Path, count)
                : new BenchException($"PCI_COMMAND of {_device.Path} could not be accessed: {count} of 2 bytes.");
        }
    }

    /// <summary>The function offers this kind through VFIO, with at least one vector.</summary>
    public unsafe bool Offers(MessageInterrupt kind)
    {
        var info = new IrqInfo { Size = (uint)sizeof(IrqInfo), Index = (uint)kind };
        // Safe: the struct lives on this frame and its Size member tells the kernel how much it may write.
        int result = _system.Ioctl(_device.Number, VfioRequests.DeviceGetIrqInfo, (nint)(&info));
        // A kernel answers EINVAL for an index that the function's kind does not have.
        return result == -Errno.EINVAL
            ? false
            : Failure.Check(result, "VFIO_DEVICE_GET_IRQ_INFO", _device.Path) >= 0 && info.Count > 0 && (info.Flags & VfioRequests.IrqEventDescriptor) != 0;
    }
}
