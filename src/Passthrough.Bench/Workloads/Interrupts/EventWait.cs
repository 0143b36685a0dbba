using System.Buffers.Binary;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Interrupts;

/// <summary>An event descriptor and the way a thread waits for it: blocked in the read, or spinning over reads that do not block.</summary>
internal sealed class EventWait : IDisposable
{
    private readonly ISystemCalls _system;
    private readonly Descriptor _event;

    /// <summary>Makes the descriptor.</summary>
    public EventWait(ISystemCalls system, bool spins)
    {
        _system = system;
        int descriptor = system.EventDescriptor(spins ? LinuxFlags.NonBlocking : 0);
        _event = descriptor >= 0 ? new Descriptor(system, descriptor, "eventfd") : throw Failure.Of("eventfd2", "eventfd", descriptor);
    }

    /// <summary>The descriptor.</summary>
    public int Number => _event.Number;

    /// <summary>Waits until something was signalled; the sum of what was.</summary>
    public ulong Wait()
    {
        Span<byte> count = stackalloc byte[8];
        while (true)
        {
            nint result = _system.Read(_event.Number, count);
            if (result == 8)
            {
                return BinaryPrimitives.ReadUInt64LittleEndian(count);
            }

            if (result is not (-Errno.EAGAIN or -Errno.EINTR))
            {
                throw Failure.Of("read", "eventfd", result);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => _event.Dispose();
}
