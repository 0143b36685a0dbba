using System.Runtime.CompilerServices;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Vfio;

/// <summary>A mapped BAR. Registers are accessed by single 32-bit loads and stores.</summary>
internal sealed class MmioRegion : IDisposable
{
    private readonly ISystemCalls _system;
    private nint _address;

    private MmioRegion(ISystemCalls system, nint address, long bytes)
    {
        _system = system;
        _address = address;
        Bytes = bytes;
    }

    /// <summary>Size of the mapping.</summary>
    public long Bytes { get; }

    /// <summary>Maps a BAR that VFIO offers for mapping.</summary>
    public static MmioRegion Map(ISystemCalls system, Descriptor device, RegionInfo info)
    {
        if ((info.Flags & VfioRequests.RegionMappable) == 0 || info.Bytes == 0)
        {
            throw new BenchException($"BAR {info.Index} of {device.Path} cannot be mapped: VFIO does not offer it for mmap.");
        }

        nint address = system.Map(0, (nint)info.Bytes, LinuxFlags.ReadWriteAccess, LinuxFlags.Shared, device.Number, (long)info.Offset);
        return address is < 0 and >= -4095
            ? throw Failure.Of("mmap of a BAR", device.Path, address)
            : new MmioRegion(system, address, (long)info.Bytes);
    }

    /// <summary>
    /// Reads the 32-bit register at a byte offset. Never inlined: where a caller looks at the low bits only, the compiler would narrow an
    /// inlined load to a byte, volatile or not, and a device that takes 32-bit accesses alone answers that with nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public unsafe uint Read(int offset)
    {
        Check(offset);
        // Safe: the offset was checked against the mapping, which lives until Dispose.
        return Volatile.Read(ref *(uint*)(_address + offset));
    }

    /// <summary>Writes the 32-bit register at a byte offset.</summary>
    public unsafe void Write(int offset, uint value)
    {
        Check(offset);
        // Safe: as for Read.
        Volatile.Write(ref *(uint*)(_address + offset), value);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_address != 0)
        {
            _ = _system.Unmap(_address, (nint)Bytes);
            _address = 0;
        }
    }

    private void Check(int offset)
    {
        if (_address == 0 || offset < 0 || offset + 4 > Bytes || (offset & 3) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, "not a register of this BAR");
        }
    }
}
