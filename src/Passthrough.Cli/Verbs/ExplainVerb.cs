using System.CommandLine;
using Passthrough.Cli.Output;
using Passthrough.Diagnosis;
using Spectre.Console;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag explain</c>: what a check looks at, why it matters, how to mend it. Works offline.</summary>
internal static class ExplainVerb
{
    public static Command Build()
    {
        Argument<string?> id = new("CHECK-ID") { Description = "The check, for example IOM-001; without it all checks are listed.", Arity = ArgumentArity.ZeroOrOne };
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("explain",
            "Explains a check: what it looks at, how it judges, how to mend it, and where the facts come from.\n\nExamples:\n  ptdiag explain\n  ptdiag explain GRP-001")
        {
            id, output,
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

            Check found = Catalog.Find(wanted) ?? throw CliException.Usage($"There is no check {wanted}: 'ptdiag explain' lists the checks.");
            Terminal.Show(parsed.GetValue(output), console => Draw(console, found));
            return ExitCodes.Done;
        });
        return command;
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
