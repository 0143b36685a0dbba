using System.Runtime.InteropServices;
using Passthrough.Tuning;

namespace Passthrough.Cli.Verbs;

/// <summary>
/// Ctrl-C or a termination signal ends the work; the thread that works takes back what was changed, so that nothing is taken back while
/// a step is made or a device is open (the kernel lets no driver go whose device a process holds). The third signal ends the program as it is.
/// </summary>
internal sealed class ConsoleInterrupt : IDisposable
{
    private const int Patience = 2;
    private readonly CancellationTokenSource _cancel = new();
    private readonly PosixSignalRegistration[] _signals;
    private int _count;
    private volatile int _exitCode;

    /// <param name="session">Nothing is applied to it after a signal; null where this machine is not changed.</param>
    public ConsoleInterrupt(TuningSession? session)
    {
        void Stop(PosixSignalContext context)
        {
            int count = Interlocked.Increment(ref _count);
            context.Cancel = count <= Patience;
            if (count == 1)
            {
                // What shells and service managers expect of a program that a signal ended: 128 and its number.
                _exitCode = 128 + context.Signal switch { PosixSignal.SIGTERM => 15, PosixSignal.SIGHUP => 1, _ => 2 };
                session?.ApplyNoMore();
                _cancel.Cancel();
            }
            else if (count == Patience)
            {
                Console.Error.WriteLine(session is null
                    ? "Still ending what runs; another signal ends this at once."
                    : "Still taking back what was changed; another signal ends this at once, and 'ptdiag tune undo' takes back the rest.");
            }
        }

        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _cancel.Token;

    /// <summary>The exit code of the signal that came; null when none did.</summary>
    public int? ExitCode => _exitCode is var code and not 0 ? code : null;

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals)
        {
            signal.Dispose();
        }

        _cancel.Dispose();
    }
}
