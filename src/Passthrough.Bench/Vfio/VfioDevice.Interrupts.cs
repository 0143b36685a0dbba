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
    public void Route(MessageInterrupt kind, int eventDescriptor) => Route((uint)kind, 0, eventDescriptor);

    /// <summary>Prepares to fire the first vector by software, as if the device had raised it.</summary>
    public SoftwareTrigger TriggerOf(MessageInterrupt kind) => new(_system, _device.Number, (uint)kind);

    /// <summary>Takes the vector away again; errors do not matter on the way out.</summary>
    public void Unroute(MessageInterrupt kind) => Unroute((uint)kind);

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
    public bool Offers(MessageInterrupt kind) => HasVectors((uint)kind, 1);
}
