using System.CommandLine;
using Passthrough.Cli.Output;
using Passthrough.Results;
using Passthrough.Results.Claims;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag compare</c>: two results, with statistics.</summary>
internal static class CompareVerb
{
    public static Command Build()
    {
        Argument<string> before = new("BEFORE") { Description = "Results of 'bench run' or 'study run' (JSON)." };
        Argument<string?> after = new("AFTER") { Description = "Results after the change; without it the variants within BEFORE are compared.", Arity = ArgumentArity.ZeroOrOne };
        Option<double> threshold = new("--threshold") { Description = "Smallest change that matters in practice, as a fraction.", DefaultValueFactory = _ => 0.03 };
        Option<bool> tails = new("--tails") { Description = "Also compare the runs' p99, with a bootstrapped interval beside that of the ranks." };
        Option<string?> claims = Claims();
        Option<string> format = Shared.Format("text", "json");
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("compare",
            "States the difference between two results as a ratio with its interval and one of five words; it never guesses from best-of runs.\n\nExamples:\n"
            + "  ptdiag compare before.json after.json --tails\n  ptdiag compare results.json --claims claims.json --format json")
        {
            before, after, threshold, tails, claims, format, output,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(threshold) is not (>= 0 and < 1))
            {
                throw CliException.Usage("--threshold takes a fraction from 0 to below 1, for example 0.03.");
            }

            IReadOnlyList<DeclaredClaim> declared = Load(parsed.GetValue(claims), []);
            var options = new CompareOptions
            {
                Threshold = parsed.GetValue(threshold),
                IncludeTails = parsed.GetValue(tails) || declared.Any(claim => claim.Statistic == "p99"),
            };
            ResultsDocument first = Load(parsed.GetValue(before)!);
            ResultsDocument? second = parsed.GetValue(after) is { } path ? Load(path) : null;
            ComparisonDocument comparison = second is not null ? Comparer.Compare(first, second, options) : Comparer.CompareVariants(first, options);
            if (comparison.Comparisons.Count == 0)
            {
                throw CliException.CouldNotLook(parsed.GetValue(after) is null
                    ? $"{parsed.GetValue(before)} holds one variant only, so there is nothing to compare within it: name a second file."
                    : "The two files share no workload with the same parameters, so there is nothing to compare.");
            }

            // A built-in claim is answered where its knob was turned; what a file claims is answered in any case.
            comparison = comparison with
            {
                Claims = ClaimChecker.Check(
                    [.. BuiltInClaims.All.Where(claim => comparison.Comparisons.Any(one => one.Factor == claim.Factor)), .. declared],
                    comparison, [.. first.Skipped, .. second?.Skipped ?? []]),
            };
            if (parsed.GetValue(format) == "json")
            {
                Sink.Write(ResultsJson.Serialize(comparison), parsed.GetValue(output));
            }
            else
            {
                Terminal.Show(parsed.GetValue(output), console => ResultsText.Draw(console, comparison));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary><c>--claims</c>.</summary>
    public static Option<string?> Claims() => new("--claims")
    {
        Description = "Also answer the claims of this file (ptdiag.claims/1), such as \"huge pages gain 20 %\".",
        HelpName = "FILE",
    };

    /// <summary>Reads a claims file; what is none ends in a sentence. No file: <paramref name="others"/>.</summary>
    public static IReadOnlyList<DeclaredClaim> Load(string? path, IReadOnlyList<DeclaredClaim> others) => path is null ? others
        : ResultsJson.TryParseClaims(Sink.Read(path), out IReadOnlyList<DeclaredClaim>? claims, out string? sentence) ? claims
        : throw CliException.CouldNotLook($"{path}: {sentence}");

    /// <summary>Reads a results file; what is none ends in a sentence.</summary>
    public static ResultsDocument Load(string path) => ResultsJson.TryParseResults(Sink.Read(path), out ResultsDocument? document, out string? sentence)
        ? document
        : throw CliException.CouldNotLook($"{path}: {sentence}");
}
