using System.CommandLine;
using System.Text;
using Passthrough.Cli.Output;
using Passthrough.Diagnosis;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Reports.Csv;
using Passthrough.Reports.Html;
using Passthrough.Results;
using Passthrough.Results.Claims;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag report</c>: one HTML file (and CSV) from stored results, with an audit where asked.</summary>
internal static class ReportVerb
{
    public static Command Build()
    {
        Argument<string[]> results = new("RESULTS") { Description = "Results of 'bench run' or 'study run' (JSON).", Arity = ArgumentArity.ZeroOrMore };
        Option<bool> audit = new("--audit") { Description = "Put an audit of this machine (or --root, --bundle) into the report." };
        Option<string?> title = new("--title") { Description = "Title of the report." };
        Option<FileInfo?> csv = new("--csv") { Description = "Also write the runs as CSV.", HelpName = "FILE" };
        Option<string?> root = Shared.Root();
        Option<string?> bundle = Shared.Bundle();
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("report",
            "Draws one self-contained HTML file from stored results and, where asked, an audit.\n\nExamples:\n"
            + "  ptdiag report results.json -o report.html --csv runs.csv\n  ptdiag report --bundle case.tar.zst -o audit.html")
        {
            results, audit, title, csv, root, bundle, output,
        };
        command.SetAction(parsed =>
        {
            List<ResultsDocument> documents = [.. (parsed.GetValue(results) ?? []).Select(CompareVerb.Load)];
            AuditResult? judged = null;
            if (parsed.GetValue(audit) || parsed.GetValue(root) is not null || parsed.GetValue(bundle) is not null)
            {
                IEvidence evidence = Shared.Open(parsed.GetValue(root), parsed.GetValue(bundle));
                judged = Auditor.Judge(HostReader.Read(evidence), new AuditOptions { Today = CheckVerb.Day(null, evidence) });
            }

            if (judged is null && documents.Count == 0)
            {
                throw CliException.Usage("Name results, or ask for an audit with --audit, --root or --bundle.");
            }

            if (parsed.GetValue(csv) is { } file)
            {
                Sink.WriteFile(file.FullName, Encoding.UTF8.GetBytes(ResultsCsv.Write(documents)));
            }

            Sink.Write(Render(judged, documents, parsed.GetValue(title) ?? "Passthrough report", DateTimeOffset.UtcNow), parsed.GetValue(output));
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>The page.</summary>
    public static string Render(AuditResult? audit, IReadOnlyList<ResultsDocument> documents, string title, DateTimeOffset created,
        IReadOnlyList<DeclaredClaim>? claims = null)
    {
        ComparisonDocument comparison = Compare(documents, claims ?? []);
        return HtmlReport.Render(new ReportInput
        {
            Audit = audit,
            Results = documents,
            Comparison = comparison.Comparisons.Count == 0 && claims is null ? null : comparison,
            Title = title,
            Created = created,
            Tool = ToolVersion.Identity,
            Label = documents.Any(document => document.Machine.Emulated) ? "functional only: emulated machine" : null,
        });
    }

    /// <summary>
    /// The comparisons of all documents, each answered on its own machine. A built-in claim is answered where its knob was turned, and
    /// where something kept it from being turned.
    /// </summary>
    public static ComparisonDocument Compare(IReadOnlyList<ResultsDocument> documents, IReadOnlyList<DeclaredClaim> claims)
    {
        ComparisonDocument[] all = [.. documents.Select(document =>
        {
            ComparisonDocument one = Comparer.CompareVariants(document, new CompareOptions { IncludeTails = true });
            IEnumerable<DeclaredClaim> builtIn = one.Comparisons.Count == 0 ? [] : BuiltInClaims.All;
            return one with { Claims = ClaimChecker.Check([.. builtIn, .. claims], one, document.Skipped) };
        })];
        return new ComparisonDocument
        {
            Tool = ToolVersion.Identity,
            Comparisons = [.. all.SelectMany(one => one.Comparisons)],
            Claims = [.. all.SelectMany(one => one.Claims)],
            FunctionalOnly = all.Select(one => one.FunctionalOnly).OfType<string>().FirstOrDefault(),
            Notes = [.. all.SelectMany(one => one.Notes)],
        };
    }
}
