using System.CommandLine;
using System.Globalization;
using System.Text;
using Passthrough.Cli.Output;
using Passthrough.Diagnosis;
using Passthrough.Host.Bundles;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Reports.Json;
using Spectre.Console;
using Recorder = Passthrough.Host.Evidence.Recorder;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag bundle</c>: the support bundle.</summary>
internal static class BundleVerb
{
    public static Command Build() => new("bundle", "Support bundles: everything that was asked of a machine, with its outcome, so that others see what you see.")
    {
        Create(), Show(),
    };

    private static Command Create()
    {
        Argument<string?> file = new("FILE") { Description = "The bundle to write, ending in .tar.zst, .tar.gz or .tar. Default: ptdiag-DATE.tar.zst.", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> root = Shared.Root();
        var command = new Command("create",
            "Looks at the whole machine and writes one file that replays to the same findings elsewhere. It holds no serial numbers and no rom, vpd or "
            + "BAR contents, but it does hold the kernel log, the command line and the definitions of guests (without passwords): read it before you share it.\n\nExample:\n  ptdiag bundle create case.tar.zst")
        {
            file, root,
        };
        command.SetAction(parsed =>
        {
            DateTimeOffset now = DateTimeOffset.UtcNow;
            string path = parsed.GetValue(file) ?? string.Create(CultureInfo.InvariantCulture, $"ptdiag-{now:yyyyMMdd-HHmmss}.tar.zst");
            var recorder = new Recorder(EvidenceSources.Open(parsed.GetValue(root), null));
            HostReader.Read(recorder);
            BundleCollector.AskBeyondModel(recorder);
            AuditResult audit = Auditor.Judge(HostReader.Read(new ReplayEvidence(recorder)), new AuditOptions { Today = DateOnly.FromDateTime(now.UtcDateTime) });
            string text = Terminal.PlainPage(page => AuditText.Draw(page, audit, recorder.DisplayName, everything: true));
            BundleWriter.Write(path, recorder, new BundleInfo(ToolVersion.Text, now), new Dictionary<string, ReadOnlyMemory<byte>>
            {
                ["findings.json"] = Encoding.UTF8.GetBytes(Documents.Findings(audit, ToolVersion.Info)),
                ["report.txt"] = Encoding.UTF8.GetBytes(text),
                ["report.html"] = Encoding.UTF8.GetBytes(ReportVerb.Render(audit, [], "Passthrough audit", now)),
            });
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{path}: {recorder.Transcript.Count} answers, {new FileInfo(path).Length / 1024.0:0} KiB"));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Show()
    {
        Argument<string> file = new("FILE") { Description = "A bundle." };
        Option<string> format = Shared.Format("text", "json");
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("show", "Says what a bundle is, what was asked, and what could not be seen; checks the hash of every member.\n\nExample:\n  ptdiag bundle show case.tar.zst")
        {
            file, format, output,
        };
        command.SetAction(parsed =>
        {
            BundleEvidence bundle = BundleEvidence.Open(parsed.GetValue(file)!);
            if (parsed.GetValue(format) == "json")
            {
                Sink.Write(Documents.Bundle(bundle, ToolVersion.Info), parsed.GetValue(output));
            }
            else
            {
                Terminal.Show(parsed.GetValue(output), console => Draw(console, bundle, parsed.GetValue(file)!));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static void Draw(IAnsiConsole console, BundleEvidence bundle, string path)
    {
        BundleManifest manifest = bundle.Manifest;
        console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{path}: bundle format {manifest.Format}, made {manifest.Created:yyyy-MM-dd HH:mm:ss} UTC by ptdiag {manifest.Tool?.Version} from a {manifest.Source} source"));
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{manifest.Members.Count} members, every hash is right"));
        foreach (IGrouping<Outcome, KeyValuePair<Question, Answer>> group in bundle.Transcript.GroupBy(entry => entry.Value.Outcome).OrderBy(group => group.Key))
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {group.Key.ToString().ToLowerInvariant(),-12} {group.Count(),6}"));
        }

        console.WriteLine("with " + (bundle.AdditionalMembers.Count == 0 ? "no further members" : string.Join(", ", bundle.AdditionalMembers)));
        List<string> unseen = [.. bundle.Transcript.Where(entry => entry.Value.Outcome is Outcome.Denied or Outcome.Failed or Outcome.Withheld)
            .Select(entry => $"{entry.Key.Path} ({entry.Value.Outcome.ToString().ToLowerInvariant()}{(entry.Value.Why is { } why ? ": " + why : "")})")];
        foreach (string line in unseen.Take(20))
        {
            console.WriteLine("  not seen: " + line);
        }

        if (unseen.Count > 20)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  and {unseen.Count - 20} more (all in --format json)"));
        }
    }
}
