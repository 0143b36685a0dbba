using System.CommandLine;
using Passthrough.Host.Evidence;
using Passthrough.Tuning;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag tune</c>: what is to be changed, and what a run changed and did not take back.</summary>
internal static class TuneVerb
{
    public static Command Build() => new("tune", "A plan of what to change on this machine, and what a run changed and was killed before it could take back.")
    {
        TunePlan.Build(), Status(), Undo(),
    };

    private static Command Status()
    {
        var command = new Command("status",
            "Lists changes that were not taken back, oldest first; changes nothing. Exit code 1 when there are any.\n\nExample:\n  ptdiag tune status");
        command.SetAction(_ =>
        {
            if (!File.Exists(Journal.DefaultPath))
            {
                Console.Out.WriteLine("Nothing is left open: no run has changed this machine.");
                return ExitCodes.Done;
            }

            using Journal journal = Journal.Open(Journal.DefaultPath);
            foreach (JournalEntry entry in journal.LeftOpen)
            {
                Console.Out.WriteLine($"{entry.Path}: wrote '{entry.Value.Trim()}'; " + (entry.UndoPath is null
                    ? "needs no undo of its own"
                    : $"undo: write '{(entry.UndoValue ?? "").Trim()}' to {entry.UndoPath}"));
            }

            Console.Out.WriteLine(journal.LeftOpen.Count == 0
                ? $"Nothing is left open in {Journal.DefaultPath}."
                : $"{journal.LeftOpen.Count} change(s) left open in {Journal.DefaultPath}: 'ptdiag tune undo' takes them back.");
            return journal.LeftOpen.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static Command Undo()
    {
        var command = new Command("undo",
            "Takes back what a killed run left, newest first. Exit code 1 when something could not be taken back.\n\nExample:\n  ptdiag tune undo");
        command.SetAction(_ =>
        {
            if (!File.Exists(Journal.DefaultPath))
            {
                Console.Out.WriteLine("Nothing is left open: no run has changed this machine.");
                return ExitCodes.Done;
            }

            using Journal journal = Journal.Open(Journal.DefaultPath);
            using var session = new TuningSession(EvidenceSources.Open(null, null), new KernelFile(), journal);
            IReadOnlyList<string> problems = session.UndoLeftOpen();
            foreach (string problem in problems)
            {
                Console.Error.WriteLine($"A change could not be taken back: {problem}. It stays recorded in {Journal.DefaultPath}.");
            }

            Console.Out.WriteLine(journal.LeftOpen.Count == 0
                ? "Nothing is left open."
                : $"{journal.LeftOpen.Count - problems.Count} of {journal.LeftOpen.Count} change(s) taken back.");
            return problems.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }
}
