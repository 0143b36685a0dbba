using System.Buffers.Binary;
using Passthrough.Bench.Engine;

namespace Passthrough.Bench.Native;

/// <summary>
/// Makes the calling thread wake up on time as far as Linux lets it: real-time class, resident memory, no deep idle states.
/// The class belongs to the thread and goes with it; disposing undoes the other two, which belong to the process.
/// </summary>
internal sealed class PunctualThread : IDisposable
{
    private const string LatencyFile = "/dev/cpu_dma_latency";

    // The runtime reserves address space by the hundred gigabyte. MCL_FUTURE alone would fault every later commit and every thread's
    // whole stack in at once; with MCL_ONFAULT what was touched stays, and the warm-up touches all that the measured stage uses.
    private const int Lock = TimerFlags.LockCurrent | TimerFlags.LockFuture | TimerFlags.LockOnFault;

    private readonly ISystemCalls _system;
    private Descriptor? _latency;
    private bool _locked;

    private PunctualThread(ISystemCalls system) => _system = system;

    /// <summary>/dev/cpu_dma_latency is held open with 0; false where the kernel has no such file, or it was not asked for.</summary>
    public bool HoldsLatency => _latency is not null;

    /// <summary>Applies to the calling thread.</summary>
    /// <param name="system">The seam.</param>
    /// <param name="priority">SCHED_FIFO priority, 1 to 99; 0 leaves the class as it is.</param>
    /// <param name="lockMemory">Keep memory resident.</param>
    /// <param name="forbidIdleStates">Ask for a wake-up latency of 0. Source: Documentation/power/pm_qos_interface.rst.</param>
    public static PunctualThread Make(ISystemCalls system, int priority, bool lockMemory, bool forbidIdleStates)
    {
        var thread = new PunctualThread(system);
        try
        {
            if (lockMemory)
            {
                thread.LockMemory();
            }

            if (forbidIdleStates)
            {
                thread.ForbidIdleStates();
            }

            if (priority > 0)
            {
                thread.BecomeRealTime(priority);
            }

            return thread;
        }
        catch
        {
            thread.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _latency?.Dispose();
        _latency = null;
        if (_locked)
        {
            _ = _system.UnlockMemory();
            _locked = false;
        }
    }

    private void LockMemory()
    {
        int result = _system.LockMemory(Lock);
        if (result < 0)
        {
            throw Failure.Of("mlockall", "this process", result, result is -Errno.EPERM or -Errno.ENOMEM or -Errno.EAGAIN
                ? "RLIMIT_MEMLOCK is smaller than the address space of this process and it lacks CAP_IPC_LOCK; run as root, or set lockMemory=no"
                : null);
        }

        _locked = true;
    }

    private void ForbidIdleStates()
    {
        int descriptor = _system.Open(LatencyFile, LinuxFlags.ReadWrite);
        if (descriptor is -Errno.ENOENT or -Errno.ENODEV or -Errno.ENXIO)
        {
            // A kernel without CPU idle states to forbid (many guests): nothing to hold.
            return;
        }

        if (descriptor < 0)
        {
            throw Failure.Of("open", LatencyFile, descriptor, descriptor is -Errno.EACCES or -Errno.EPERM
                ? "this process may not ask for a wake-up latency; run as root, or set dmaLatency=leave"
                : null);
        }

        _latency = new Descriptor(_system, descriptor, LatencyFile);
        Span<byte> microseconds = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(microseconds, 0);
        nint written = _system.Write(descriptor, microseconds);
        if (written != 4)
        {
            throw written < 0
                ? Failure.Of("write", LatencyFile, written)
                : new BenchException($"{LatencyFile} took {written} of 4 bytes.");
        }
    }

    private void BecomeRealTime(int priority)
    {
        int result = _system.Schedule(TimerFlags.SchedulerFifo | TimerFlags.ResetOnFork, priority);
        if (result < 0)
        {
            throw Failure.Of("sched_setscheduler", $"SCHED_FIFO {priority}", result, result == -Errno.EPERM
                ? "this process may not use real-time priorities (CAP_SYS_NICE, RLIMIT_RTPRIO, or a cgroup without real-time budget); "
                    + "run as root, or set priority=0"
                : null);
        }
    }
}
