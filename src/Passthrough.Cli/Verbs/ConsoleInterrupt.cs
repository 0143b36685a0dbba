using System.Runtime.InteropServices;
using Passthrough.Tuning;

namespace Passthrough.Cli.Verbs;

/// <summary>Ctrl-C or a termination signal takes back what was changed, then ends the program.</summary>
internal sealed class ConsoleInterrupt : IDisposable
{
    private readonly PosixSignalRegistration[] _signals;

    /// <summary>Held while changes are taken back: two threads at it would end the program between two writes of one step.</summary>
    public Lock Undoing { get; } = new();

    public ConsoleInterrupt(TuningSession session)
    {
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            lock (Undoing)
            {
                IReadOnlyList<string> problems = session.UndoAll();
                Console.Error.WriteLine(problems.Count == 0
                    ? "Stopped; everything that was changed has been taken back."
                    : $"Stopped; this could not be taken back: {string.Join("; ", problems)}. It is recorded in {Journal.DefaultPath}.");
                Environment.Exit(130);
            }
        }

        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop),
        ];
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals)
        {
            signal.Dispose();
        }
    }
}
