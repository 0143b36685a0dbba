using System.Runtime.CompilerServices;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Interrupts;

/// <summary>An event descriptor and the way a thread waits for it: blocked in the read, or spinning over reads that do not block.</summary>
internal sealed class EventWait : IDisposable
{
    private readonly ISystemCalls _system;
    private readonly Descriptor _event;
    private readonly int _number;
    private readonly bool _spins;

    /// <summary>Makes the descriptor.</summary>
    public EventWait(ISystemCalls system, bool spins)
    {
        _system = system;
        _spins = spins;
        int descriptor = system.EventDescriptor(spins ? LinuxFlags.NonBlocking : 0);
        _event = descriptor >= 0 ? new Descriptor(system, descriptor, "eventfd") : throw Failure.Of("eventfd2", "eventfd", descriptor);
        _number = descriptor;
    }

    /// <summary>The descriptor.</summary>
    public int Number => _number;

    /// <summary>Waits until something was signalled; the sum of what was.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Wait()
    {
        nint result = _spins ? _system.PollEvent(_number, out ulong count) : _system.ReadEvent(_number, out count);
        return result == sizeof(ulong) ? count : WaitOn(result);
    }

    /// <inheritdoc />
    public void Dispose() => _event.Dispose();

    private ulong WaitOn(nint result)
    {
        ulong count = 0;
        while (result != sizeof(ulong))
        {
            if (result is not (-Errno.EAGAIN or -Errno.EINTR))
            {
                throw Failure.Of("read", "eventfd", result);
            }

            result = _spins ? _system.PollEvent(_number, out count) : _system.ReadEvent(_number, out count);
        }

        return count;
    }
}
