using System.Runtime.ExceptionServices;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Memory;

/// <summary>
/// The threads of a triad: the caller's own and one more for each further CPU. A pass begins for all at once and ends with
/// the last; between passes the others spin, because waking a thread costs more than a short pass.
/// </summary>
internal sealed class TriadCrew : IDisposable
{
    private readonly ISystemCalls _system;
    private readonly IReadOnlyList<int> _cpus;
    private readonly Func<TriadPart> _make;
    private readonly TriadPart?[] _parts;
    private readonly Thread[] _others;
    private readonly CountdownEvent _ready;
    private ExceptionDispatchInfo? _failure;
    private int _generation;
    private int _pending;
    private volatile bool _ended;

    /// <summary>Nothing is started yet.</summary>
    /// <param name="system">The seam.</param>
    /// <param name="cpus">CPU of each thread, the caller's first; empty for the caller's thread wherever it runs.</param>
    /// <param name="make">Makes a thread's part, on that thread.</param>
    public TriadCrew(ISystemCalls system, IReadOnlyList<int> cpus, Func<TriadPart> make)
    {
        _system = system;
        _cpus = cpus;
        _make = make;
        _parts = new TriadPart?[Math.Max(1, cpus.Count)];
        _ready = new CountdownEvent(_parts.Length);
        _others = new Thread[_parts.Length - 1];
    }

    /// <summary>Every thread's part, complete after <see cref="Prepare"/>.</summary>
    public IEnumerable<TriadPart> Parts => _parts.OfType<TriadPart>();

    /// <summary>Starts the threads, and has each make its part.</summary>
    public void Prepare()
    {
        for (int i = 0; i < _others.Length; i++)
        {
            int number = i + 1;
            _others[i] = new Thread(() => Serve(number)) { IsBackground = true, Name = "memory.stream" };
            _others[i].Start();
        }

        MakePart(0);
        _ready.Wait();
        Volatile.Read(ref _failure)?.Throw();
    }

    /// <summary>One pass of all threads.</summary>
    public void Pass()
    {
        Volatile.Write(ref _pending, _others.Length);
        Volatile.Write(ref _generation, _generation + 1);
        _parts[0]!.Pass();
        while (Volatile.Read(ref _pending) != 0)
        {
            Thread.SpinWait(1);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _ended = true;
        foreach (Thread thread in _others.OfType<Thread>())
        {
            thread.Join();
        }

        foreach (TriadPart part in Parts)
        {
            part.Dispose();
        }

        _ready.Dispose();
    }

    private void Serve(int number)
    {
        if (!MakePart(number))
        {
            return;
        }

        int seen = 0;
        while (true)
        {
            while (Volatile.Read(ref _generation) == seen)
            {
                if (_ended)
                {
                    return;
                }

                Thread.SpinWait(1);
            }

            seen++;
            _parts[number]!.Pass();
            Interlocked.Decrement(ref _pending);
        }
    }

    private bool MakePart(int number)
    {
        try
        {
            // The engine has pinned the caller's thread.
            if (number > 0)
            {
                ThreadPin.To(_system, _cpus[number]);
            }

            _parts[number] = _make();
            return true;
        }
        // Whatever it is belongs to the caller, who waits for it.
        catch (Exception exception)
        {
            _ = Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
            return false;
        }
        finally
        {
            _ = _ready.Signal();
        }
    }
}
