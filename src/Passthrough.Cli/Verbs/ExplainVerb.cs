using System.CommandLine;
using Passthrough.Cli.Output;
using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Guide;
using Passthrough.Reports.Json;
using Spectre.Console;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag explain</c>: what a check looks at, why it matters, how to mend it; and what guides get wrong. Works offline.</summary>
internal static class ExplainVerb
{
    public static Command Build()
    {
        Argument<string?> id = new("CHECK-ID") { Description = "The check, for example IOM-001; without it all checks are listed.", Arity = ArgumentArity.ZeroOrOne };
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("explain",
            "Explains a check: what it looks at, how it judges, how to mend it, and where the facts come from. 'explain guide' tells what common guides get wrong.\n\n"
            + "Examples:\n  ptdiag explain\n  ptdiag explain GRP-001\n  ptdiag explain guide amd_iommu")
        {
            id, output, BuildGuide(),
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(id) is not { } wanted)
            {
                Terminal.Show(parsed.GetValue(output), console =>
                {
                    foreach (Check check in Catalog.All)
                    {
                        console.WriteLine($"{check.Id,-9}{check.Severity.ToString().ToLowerInvariant(),-9} {check.Title}");
                    }
                });
                return ExitCodes.Done;
            }

            if (Catalog.Find(wanted) is { } found)
            {
                Terminal.Show(parsed.GetValue(output), console => Draw(console, found));
                return ExitCodes.Done;
            }

            KeyValuePair<string, string> reserved = ReservedIds.Titles.FirstOrDefault(item => Catalog.IsSameId(item.Key, wanted));
            if (reserved.Key is null)
            {
                throw CliException.Usage($"There is no check {wanted}: 'ptdiag explain' lists the checks.");
            }

            Terminal.Show(parsed.GetValue(output), console => console.WriteLine($"{reserved.Key} {reserved.Value}: reserved, not judged by this version."));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command BuildGuide()
    {
        Argument<string?> word = new("WORD") { Description = "Only what holds this word: a parameter, a file, a check id.", Arity = ArgumentArity.ZeroOrOne };
        Option<string> format = Shared.Format("text", "json");
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("guide",
            "Tells what common guides to passthrough get wrong, and the right way.\n\nExamples:\n  ptdiag explain guide\n  ptdiag explain guide vfio_virqfd --format json")
        {
            word, format, output,
        };
        command.SetAction(parsed =>
        {
            IReadOnlyList<GuideError> errors = GuideErrors.Find(parsed.GetValue(word));
            if (parsed.GetValue(format) == "json")
            {
                Sink.Write(Documents.Guide(errors, ToolVersion.Info), parsed.GetValue(output));
                return ExitCodes.Done;
            }

            Terminal.Show(parsed.GetValue(output), console => Draw(console, errors, parsed.GetValue(word)));
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Draw(IAnsiConsole console, IReadOnlyList<GuideError> errors, string? word)
    {
        if (errors.Count == 0)
        {
            console.WriteLine($"No error of the guides holds \"{word}\"; 'ptdiag explain guide' tells all.");
        }

        foreach (IGrouping<string, GuideError> section in errors.GroupBy(error => error.Section))
        {
            console.Write(new Text(section.Key, new Style(decoration: Decoration.Bold)));
            console.WriteLine();
            foreach (GuideError error in section)
            {
                console.WriteLine();
                console.WriteLine("  Guides say: " + error.Claim);
                console.WriteLine("  In truth:   " + error.Truth);
                console.WriteLine("  Instead:    " + error.Instead + (error.CheckIds.Count > 0 ? $" ({string.Join(", ", error.CheckIds)})" : ""));
            }

            console.WriteLine();
        }
    }

    private static void Draw(IAnsiConsole console, Check check)
    {
        console.Write(new Text($"{check.Id} {check.Title}", new Style(decoration: Decoration.Bold)));
        console.WriteLine();
        console.WriteLine($"Severity when it fails: {check.Severity.ToString().ToLowerInvariant()}");
        console.WriteLine();
        console.WriteLine(check.Explanation);
        console.WriteLine();
        console.WriteLine("How it judges: " + check.Criteria);
        console.WriteLine();
        foreach (Remedy remedy in check.Remedies)
        {
            console.WriteLine("To mend: " + remedy.Text);
            if (remedy.Command is { } run)
            {
                console.WriteLine("  $ " + run);
            }
        }

        foreach (string reference in check.References)
        {
            console.WriteLine("Source: " + reference);
        }
    }
}
