using System.CommandLine;
using Passthrough.Cli.Output;
using Passthrough.Host.Evidence;
using Passthrough.Results;
using Passthrough.Results.Claims;
using Passthrough.Study;
using Passthrough.Study.Conducting;
using Passthrough.Study.Files;

namespace Passthrough.Cli.Verbs;

/// <summary>The verbs of studies that a file describes.</summary>
internal static class StudyFileVerbs
{
    /// <summary><c>study run FILE</c>.</summary>
    public static int Begin(string path, DirectoryInfo output, string accelerator, IReadOnlyList<DeclaredClaim> claims)
    {
        byte[] text = Sink.Read(path);
        StudyFile file = Parse(text, path);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using StudyFolder study = StudyFolder.Create(Path.Combine(output.FullName, StudyReport.Stamp(now)), text, Path.GetFullPath(path), file, ToolVersion.Text, now);
        return new StudyFileJob(study, accelerator, claims).Run();
    }

    /// <summary><c>study resume</c>.</summary>
    public static Command Resume()
    {
        Argument<DirectoryInfo> folder = new("DIR") { Description = "The folder of a study that was begun with 'study run FILE'." };
        Option<string> accelerator = LabVerb.Accelerator();
        Option<string?> claims = CompareVerb.Claims();
        var command = new Command("resume",
            "Goes on with a study where it stopped, in the same order as without the stop. Refuses when the study file has changed.\n\n"
            + "Example:\n  ptdiag study resume reports/2026-01-31T120000Z")
        {
            folder, accelerator, claims,
        };
        command.SetAction(parsed =>
        {
            IReadOnlyList<DeclaredClaim> declared = CompareVerb.Load(parsed.GetValue(claims), []);
            using StudyFolder study = StudyFolder.Open(parsed.GetValue(folder)!.FullName, ToolVersion.Text);
            return new StudyFileJob(study, parsed.GetValue(accelerator)!, declared).Run();
        });
        return command;
    }

    /// <summary><c>study show</c>.</summary>
    public static Command Show()
    {
        Argument<string> what = new("DIR|FILE") { Description = "The folder of a study, also while it runs; or a study file." };
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("show",
            "Of a study's folder: how far it is, guest by guest, and the comparison so far. Of a study file: what it will do. Changes nothing.\n\n"
            + "Examples:\n  ptdiag study show reports/2026-01-31T120000Z\n  ptdiag study show vm-study.toml")
        {
            what, output,
        };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(what)!;
            if (Directory.Exists(path))
            {
                (StudyRecord record, StudyFile file) = StudyFolder.Look(path);
                Terminal.Show(parsed.GetValue(output), console => StudyText.DrawState(console, record, file));
            }
            else
            {
                StudyFile file = Parse(Sink.Read(path), path);
                Terminal.Show(parsed.GetValue(output), console => StudyText.DrawPlan(console, file));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary><c>study step</c>: the guest's side of one run. Not shown: the conductor calls it.</summary>
    public static Command Step()
    {
        Argument<string> path = new("FILE") { Description = "The study file." };
        Option<int> item = new("--item") { Description = "Index of the knob and workload.", Required = true };
        Option<string> variant = new("--variant") { Description = "Side.", Required = true };
        variant.AcceptOnlyFromAmong(Schedule.Untuned, Schedule.Tuned, Schedule.UntunedAgain);
        Option<int> block = new("--block") { Description = "0-based block.", Required = true };
        var command = new Command("step", "One run of a study on this machine, printed as results (JSON).\n\nExample:\n  ptdiag study step study.toml --item 0 --variant tuned --block 0")
        {
            path, item, variant, block,
        };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            StudyFile file = Parse(Sink.Read(parsed.GetValue(path)!), parsed.GetValue(path)!);
            int index = parsed.GetValue(item);
            if (index < 0 || index >= file.Items.Count || parsed.GetValue(block) < 0)
            {
                throw CliException.Usage($"--item takes a number from 0 to {file.Items.Count - 1}, --block one from 0.");
            }

            IEvidence evidence = EvidenceSources.Open(null, null);
            ResultsDocument document = BenchVerb.UnderJournal(evidence, (session, cancel) =>
                StudyStep.Run(file, file.Items[index], parsed.GetValue(variant)!, parsed.GetValue(block), evidence, session, ToolVersion.Text, cancel));
            Sink.Write(ResultsJson.Serialize(document), null);
            return ExitCodes.Done;
        });
        return command;
    }

    // What stands in a file that the user wrote is usage.
    private static StudyFile Parse(byte[] text, string path) =>
        StudyFile.TryParse(text, path, out StudyFile? file, out string? sentence) ? file : throw CliException.Usage(sentence);
}
