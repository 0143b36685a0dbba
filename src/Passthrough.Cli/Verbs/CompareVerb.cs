using System.CommandLine;
using Passthrough.Cli.Output;
using Passthrough.Results;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag compare</c>: two results, with statistics.</summary>
internal static class CompareVerb
{
    public static Command Build()
    {
        Argument<string> before = new("BEFORE") { Description = "Results of 'bench run' or 'study run' (JSON)." };
        Argument<string?> after = new("AFTER") { Description = "Results after the change; without it the variants within BEFORE are compared.", Arity = ArgumentArity.ZeroOrOne };
        Option<double> threshold = new("--threshold") { Description = "Smallest change that matters in practice, as a fraction.", DefaultValueFactory = _ => 0.03 };
        Option<string> format = Shared.Format("text", "json");
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("compare",
            "States the difference between two results as a ratio with its interval and one of five words; it never guesses from best-of runs.\n\nExamples:\n"
            + "  ptdiag compare before.json after.json\n  ptdiag compare results.json --format json")
        {
            before, after, threshold, format, output,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(threshold) is not (>= 0 and < 1))
            {
                throw CliException.Usage("--threshold takes a fraction from 0 to below 1, for example 0.03.");
            }

            var options = new CompareOptions { Threshold = parsed.GetValue(threshold) };
            ResultsDocument first = Load(parsed.GetValue(before)!);
            ComparisonDocument comparison = parsed.GetValue(after) is { } path
                ? Comparer.Compare(first, Load(path), options)
                : Comparer.CompareVariants(first, options);
            if (comparison.Comparisons.Count == 0)
            {
                throw CliException.CouldNotLook(parsed.GetValue(after) is null
                    ? $"{parsed.GetValue(before)} holds one variant only, so there is nothing to compare within it: name a second file."
                    : "The two files share no workload with the same parameters, so there is nothing to compare.");
            }

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

    /// <summary>Reads a results file; what is none ends in a sentence.</summary>
    public static ResultsDocument Load(string path) => ResultsJson.TryParseResults(Sink.Read(path), out ResultsDocument? document, out string? sentence)
        ? document
        : throw CliException.CouldNotLook($"{path}: {sentence}");
}
