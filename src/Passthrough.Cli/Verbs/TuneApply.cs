using System.CommandLine;
using System.Globalization;
using Passthrough.Cli.Output;
using Passthrough.Diagnosis.Planning;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Reports.Json;
using Passthrough.Reports.Plans;
using Passthrough.Tuning;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag tune apply</c>: makes the steps of a plan under the journal, all of them or none.</summary>
internal static class TuneApply
{
    public static Command Build()
    {
        Argument<string?> file = new("PLAN") { Description = "A plan from 'tune plan --format json' ('-' for standard input); without one, the plan for the options is made.", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> dryRun = new("--dry-run") { Description = "Show each change against the machine as it is now, and make none." };
        Option<bool> yes = new("--yes", "-y") { Description = "Do not ask." };
        Option<bool> now = new("--now") { Description = "Only the steps that take effect at once." };
        Option<string[]> only = new("--only") { Description = "Only the steps that these checks ask for.", HelpName = "CHECK-ID", AllowMultipleArgumentsPerToken = true };
        var command = new Command("apply",
            "Makes the steps of a plan, in order. The undo of each change is on disk before the change is made, each is read back, and the first failure takes back everything. "
            + "What the host uses (a mounted disk, the default route) is not taken from it, and a machine that is no longer as the plan saw it is left alone.\n\n"
            + "Exit codes: 0 applied, or nothing to do, 1 failed and taken back, 2 wrong use, 3 could not look, 130 stopped by Ctrl-C and taken back.\n\nExamples:\n"
            + "  ptdiag tune apply --device 0000:01:00.0 --dry-run\n  ptdiag tune plan --format json -o plan.json && ptdiag tune apply plan.json\n  ptdiag tune apply --only SEC-001 --yes");
        command.Arguments.Add(file);
        var options = new PlanOptions(command);
        foreach (Option option in (Option[])[dryRun, yes, now, only])
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            if (parsed.GetValue(file) is not null && options.Any(parsed))
            {
                throw CliException.Usage("A plan from a file says itself what it is for: give either PLAN or the options that make one.");
            }

            IEvidence evidence = EvidenceSources.Open(null, null);
            (HostModel model, TuningPlan plan) = parsed.GetValue(file) is { } path ? (HostReader.Read(evidence), Read(path)) : options.Plan(parsed, evidence);
            string[] wanted = parsed.GetValue(only) ?? [];
            plan = plan with
            {
                Steps = [.. plan.Steps.Where(step => !(parsed.GetValue(now) && step.AtBoot) && (wanted.Length == 0 || step.Reasons.Any(reason => wanted.Contains(reason, StringComparer.OrdinalIgnoreCase))))],
            };
            return Run(model, plan, parsed.GetValue(dryRun), parsed.GetValue(yes));
        });
        return command;
    }

    private static TuningPlan Read(string path) => Documents.TryReadPlan(Sink.Read(path), out TuningPlan? plan, out string? why)
        ? plan
        : throw CliException.Usage($"{(path == "-" ? "Standard input" : path)} is no plan: {why}; make one with 'ptdiag tune plan --format json'.");

    private static int Run(HostModel model, TuningPlan plan, bool dryRun, bool yes)
    {
        // State changes between steps, so it is looked at anew each time.
        IEvidence now = EvidenceSources.Open(null, null);
        var files = new MachineFiles();
        Console.Out.Write(PlanText.Render(plan, "this machine", isApplied: true));
        TuningStep?[] steps;
        try
        {
            // All are made once before the first is applied: a plan that no longer fits changes nothing.
            steps = [.. plan.Steps.Select(step => PlanSteps.Of(step, now, model, files))];
        }
        catch (TuningException error)
        {
            throw CliException.CouldNotLook(error.Message + " Nothing was changed.");
        }

        if (dryRun || steps.All(step => step is null))
        {
            Console.Out.WriteLine();
            foreach ((PlanStep step, TuningStep? made) in plan.Steps.Zip(steps))
            {
                Console.Out.WriteLine(made is null ? $"{step.Title}: is so already." : $"{step.Title}: would change {string.Join(", ", made.Changes.Select(change => change.Target))}.");
            }

            Console.Out.WriteLine(dryRun ? "Dry run: nothing was changed." : plan.Steps.Count == 0 ? "No step was made." : "Every step is so already: nothing was changed.");
            return ExitCodes.Done;
        }

        if (model.Privilege.EffectiveUser is { IsKnown: true, Value: not 0 })
        {
            throw CliException.CouldNotLook("Only root changes these settings: run 'ptdiag tune apply' as root. Nothing was changed.");
        }

        if (!yes && !Confirmed(steps.Count(step => step is not null)))
        {
            Console.Out.WriteLine("Nothing was changed.");
            return ExitCodes.Done;
        }

        return Apply(now, model, plan, files);
    }

    private static bool Confirmed(int steps)
    {
        if (Console.IsInputRedirected)
        {
            throw CliException.Usage("Nobody is there to ask: give --yes to apply the plan, or --dry-run to look at it. Nothing was changed.");
        }

        Console.Out.Write(string.Create(CultureInfo.InvariantCulture, $"\nApply {steps} step(s)? [y/N] "));
        return Console.In.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }

    private static int Apply(IEvidence now, HostModel model, TuningPlan plan, MachineFiles files)
    {
        string name = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        using Journal journal = Journal.Open(Journal.DefaultPath);
        RefuseLeftovers(journal, TuningSession.BootOf(now));
        using var session = new TuningSession(now, new KernelFile(), journal, new TuningContext { Plan = name, Files = files });
        using ConsoleInterrupt interrupt = new(session);
        Console.Out.WriteLine();
        try
        {
            for (int i = 0; i < plan.Steps.Count; i++)
            {
                PlanStep step = plan.Steps[i];
                TuningStep? made = PlanSteps.Of(step, now, model, files);
                session.Apply(made);
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i + 1}/{plan.Steps.Count} {step.Title}: {(made is null ? "is so already" : "done")}"));
            }

            session.Keep();
        }
        catch (Exception error) when (error is TuningException or OperationCanceledException)
        {
            IReadOnlyList<string> problems = session.UndoAll();
            foreach (string problem in problems)
            {
                Console.Error.WriteLine($"A change could not be taken back: {problem}. It is recorded in {Journal.DefaultPath}; 'ptdiag tune undo' tries again.");
            }

            string outcome = problems.Count == 0 ? "Everything was taken back." : "Not everything could be taken back.";
            throw interrupt.ExitCode is { } code ? new CliException(code, $"Stopped. {outcome}") : new CliException(ExitCodes.Failed, $"{error.Message} {outcome}");
        }

        Console.Out.WriteLine($"Applied. 'ptdiag tune undo' takes it back, 'ptdiag tune status' shows it; the record is {Journal.DefaultPath}."
            + (plan.Steps.Any(step => step.AtBoot) ? " After the next boot 'ptdiag tune status' tells whether the command line is as wanted, and 'ptdiag check' the rest." : ""));
        return ExitCodes.Done;
    }

    private static void RefuseLeftovers(Journal journal, string? boot)
    {
        JournalEntry[] broken = [.. journal.LeftOpen.Where(entry => !entry.HasLapsed(boot) && (entry.Plan is null || !journal.KeptPlans.Contains(entry.Plan)))];
        if (broken.Length > 0)
        {
            throw CliException.CouldNotLook(string.Create(CultureInfo.InvariantCulture,
                $"An earlier run was killed and left {broken.Length} change(s): take them back with 'ptdiag tune undo' first ('ptdiag tune status' shows them). Nothing was changed."));
        }
    }
}
