using System.Runtime.InteropServices;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Vfio;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads.Interrupts;

/// <summary>The registers of QEMU's edu device that raise an interrupt. Source: QEMU, docs/specs/edu.rst.</summary>
internal static class EduRegisters
{
    /// <summary>Identification: 0x010000ed.</summary>
    public const int Identification = 0x00;

    /// <summary>Interrupt status: the bits that were raised and not acknowledged.</summary>
    public const int Status = 0x24;

    /// <summary>Raises the interrupt: the bits are ORed into the status.</summary>
    public const int Raise = 0x60;

    /// <summary>Clears bits of the status.</summary>
    public const int Acknowledge = 0x64;

    private const uint IdMask = 0x0000ffff;
    private const uint Id = 0x000000ed;

    /// <summary>Maps them and makes sure that this is an edu device.</summary>
    public static MmioRegion Map(VfioDevice device, PciAddress address, ushort command)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            // Elsewhere a store to a device needs a barrier instruction that .NET does not promise.
            throw new BenchException("register writes of a device are ordered as this workload needs it on x86-64 only.");
        }

        MmioRegion registers = device.MapBar(0);
        device.SetCommand(command);
        uint id = registers.Read(Identification);
        return (id & IdMask) == Id
            ? registers
            : throw new BenchException($"{address} is no edu device: its identification register reads 0x{id:x8}.");
    }
}
