using System.CommandLine;
using System.Globalization;
using Passthrough.Cli.Output;
using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Tuning;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag tune</c>: what is to be changed, changing it, and the way back.</summary>
internal static class TuneVerb
{
    private static string NoJournal => $"Nothing is on record to take back: there is no journal {Journal.DefaultPath}.";

    public static Command Build() => new("tune", "A plan of what to change on this machine, applying it, and taking it back.")
    {
        TunePlan.Build(), TuneApply.Build(), Status(), Undo(),
    };

    private static Command Status()
    {
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("status",
            "Shows the plans that were applied, whether what they set for the next boot is in effect, and what a killed run or plan left; changes nothing. "
            + "Exit code 1 when a run or plan was killed in its middle, or when a setting is not in effect although the machine was booted since.\n\nExample:\n  ptdiag tune status")
        {
            output,
        };
        command.SetAction(parsed =>
        {
            if (!Journal.IsThere(Journal.DefaultPath))
            {
                Sink.Write(NoJournal + "\n", parsed.GetValue(output));
                return ExitCodes.Done;
            }

            IEvidence evidence = EvidenceSources.Open(null, null);
            using Journal journal = Journal.Open(Journal.DefaultPath);
            TuningStatus status = TuningStatus.Of(journal, TuningSession.BootOf(evidence), evidence.ReadText("/proc/cmdline") is { IsKnown: true } line ? CommandLineParser.Parse(line.Value!) : null);
            Sink.Write(status.Render(Journal.DefaultPath), parsed.GetValue(output));
            return status.NeedsAttention ? ExitCodes.Failed : ExitCodes.Done;
        });
        return command;
    }

    private static Command Undo()
    {
        var command = new Command("undo",
            "Takes back what plans changed, and what a killed run left, newest first: files byte for byte, unless somebody edited them since. What ended with an earlier boot is only taken off the record. "
            + "Exit code 1 when something could not be taken back; it stays on record.\n\nExample:\n  ptdiag tune undo");
        command.SetAction(_ =>
        {
            if (!Journal.IsThere(Journal.DefaultPath))
            {
                Console.Out.WriteLine(NoJournal);
                return ExitCodes.Done;
            }

            IEvidence now = EvidenceSources.Open(null, null);
            using Journal journal = Journal.Open(Journal.DefaultPath);
            using var session = new TuningSession(now, new KernelFile(), journal);
            UndoReport report = session.UndoLeftOpen();
            foreach (string problem in report.Problems)
            {
                Console.Error.WriteLine($"A change could not be taken back: {problem}. It stays recorded in {Journal.DefaultPath}.");
            }

            Console.Out.WriteLine(journal.LeftOpen.Count == 0 ? $"Nothing is left to take back in {Journal.DefaultPath}." : string.Create(CultureInfo.InvariantCulture,
                $"{report.TakenBack} change(s) taken back{(report.Ended > 0 ? string.Create(CultureInfo.InvariantCulture, $", {report.Ended} had ended with an earlier boot") : "")}{(report.Problems.Count > 0 ? string.Create(CultureInfo.InvariantCulture, $", {report.Problems.Count} left") : "")}."));
            return report.Problems.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }
}
