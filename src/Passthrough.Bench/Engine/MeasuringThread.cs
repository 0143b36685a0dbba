using System.Runtime.ExceptionServices;

namespace Passthrough.Bench.Engine;

/// <summary>
/// One thread that does what it is handed while the caller waits. It is thrown away with the run, and with it the CPU
/// it was pinned to.
/// </summary>
internal sealed class MeasuringThread : IDisposable
{
    private readonly SemaphoreSlim _handed = new(0);
    private readonly SemaphoreSlim _done = new(0);
    private readonly Thread _thread;
    private Action? _work;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Starts it.</summary>
    public MeasuringThread(string name)
    {
        _thread = new Thread(Loop) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Does the work there and hands its exception back here.</summary>
    public void Invoke(Action work)
    {
        _work = work;
        _handed.Release();
        _done.Wait();
        ExceptionDispatchInfo? failure = _failure;
        _failure = null;
        failure?.Throw();
    }

    /// <inheritdoc cref="Invoke(Action)"/>
    public T Invoke<T>(Func<T> work)
    {
        T? result = default;
        Invoke(() => { result = work(); });
        return result!;
    }

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        _work = null;
        _handed.Release();
        _thread.Join();
        _handed.Dispose();
        _done.Dispose();
    }

    private void Loop()
    {
        while (true)
        {
            _handed.Wait();
            if (_work is null)
            {
                return;
            }

            try
            {
                _work();
            }
            // Whatever it is belongs to the caller, who waits for it.
            catch (Exception exception)
            {
                _failure = ExceptionDispatchInfo.Capture(exception);
            }

            _done.Release();
        }
    }
}
