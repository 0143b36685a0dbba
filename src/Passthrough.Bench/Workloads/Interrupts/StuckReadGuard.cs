using System.Buffers.Binary;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Interrupts;

/// <summary>
/// Frees a thread that waits for an interrupt which never comes: a second thread looks twice a second whether operations
/// go on, and else writes a value into the event descriptor that no device can produce. Nothing is added to the waiting itself.
/// </summary>
internal sealed class StuckReadGuard : IDisposable
{
    /// <summary>What the reader gets at least, when it was freed.</summary>
    public const ulong Freed = 1UL << 40;

    private const int PatienceLooks = 4;
    private readonly ISystemCalls _system;
    private readonly int _descriptor;
    private readonly ManualResetEventSlim _over = new(false);
    private readonly Thread _thread;
    private long _beats;
    private bool _waiting;

    /// <summary>Starts watching.</summary>
    public StuckReadGuard(ISystemCalls system, int descriptor)
    {
        _system = system;
        _descriptor = descriptor;
        _thread = new Thread(Watch) { IsBackground = true, Name = "stuck read guard" };
        _thread.Start();
    }

    /// <summary>Operations are going on; while false nothing is freed.</summary>
    public bool Waiting
    {
        set => Volatile.Write(ref _waiting, value);
    }

    /// <summary>One operation was completed. Called by one thread.</summary>
    public void Beat() => Volatile.Write(ref _beats, _beats + 1);

    /// <inheritdoc />
    public void Dispose()
    {
        _over.Set();
        _thread.Join();
        _over.Dispose();
    }

    private void Watch()
    {
        long seen = -1;
        int looks = 0;
        Span<byte> value = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(value, Freed);
        while (!_over.Wait(500))
        {
            long beats = Volatile.Read(ref _beats);
            looks = Volatile.Read(ref _waiting) && beats == seen ? looks + 1 : 0;
            seen = beats;
            if (looks == PatienceLooks)
            {
                _ = _system.Write(_descriptor, value);
            }
        }
    }
}
