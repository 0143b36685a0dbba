using System.Globalization;
using System.Text;
using Passthrough.Results;

namespace Passthrough.Benchmarks.Agreement;

/// <summary>One run of our side: the published program, as a user starts it.</summary>
internal static class PtdiagRun
{
    /// <summary>The command of one run.</summary>
    public static string[] Command(AgreementRow row, IReadOnlyDictionary<string, string> parameters, AgreementLengths lengths, AgreementPlace place) =>
    [
        place.Ptdiag, "bench", "run", row.Workload, .. parameters.SelectMany(pair => new[] { "--set", $"{pair.Key}={pair.Value}" }),
        "--runs", "1", "--warm-up-ms", lengths.WarmUpMs.ToString(CultureInfo.InvariantCulture),
        "--measure-ms", lengths.MeasureMs.ToString(CultureInfo.InvariantCulture), "--format", "json",
    ];

    /// <summary>The run in its output.</summary>
    /// <exception cref="AgreementException">It holds none, and says why.</exception>
    public static WorkloadRun Read(ProgramEnd end)
    {
        if (end.ExitCode != 0)
        {
            throw new AgreementException($"ptdiag: {end.LastWords}");
        }

        if (!ResultsJson.TryParseResults(Encoding.UTF8.GetBytes(end.Output), out ResultsDocument? document, out string? sentence))
        {
            throw new AgreementException($"ptdiag's output is no result: {sentence}");
        }

        return document.Workloads.Count == 1 ? document.Workloads[0]
            : throw new AgreementException($"ptdiag: {(document.Skipped is [var skipped, ..] ? skipped.Reason : $"{document.Workloads.Count} runs instead of one.")}");
    }
}
