using System.Globalization;
using Passthrough.Guests;
using Passthrough.Results;

namespace Passthrough.Study;

/// <summary>Boots lab guests and runs the before-and-after study inside each; boots are joined into one result.</summary>
/// <param name="lab">The lab.</param>
/// <param name="agentPath">The single file <c>ptdiag</c> that is copied into the guest.</param>
/// <param name="hostIsVirtual">Whether this machine is virtual, so that its guests are nested; null when not known.</param>
public sealed class LabStudy(Lab lab, string agentPath, bool? hostIsVirtual = null)
{
    /// <summary>Where the guest leaves its result, in the share both sides see.</summary>
    private const string ResultName = "results.json";

    /// <summary>Runs the study on one kind of guest, <paramref name="boots"/> times.</summary>
    /// <exception cref="LabException">A guest did not boot, hung, or left no result.</exception>
    public async Task<ResultsDocument> RunAsync(LabMachine machine, int boots, StudyOptions options, Action<string>? onOutput, CancellationToken cancel)
    {
        var documents = new List<ResultsDocument>();
        for (int boot = 0; boot < boots; boot++)
        {
            documents.Add(await BootAsync(machine, boot, options, onOutput, cancel).ConfigureAwait(false));
        }

        return Join(documents);
    }

    /// <summary>Several boots as one result: blocks are numbered on, the seed is the first one's.</summary>
    internal static ResultsDocument Join(IReadOnlyList<ResultsDocument> documents)
    {
        if (documents.Count == 1)
        {
            return documents[0];
        }

        var runs = new List<WorkloadRun>();
        int offset = 0;
        foreach (ResultsDocument document in documents)
        {
            int shift = offset;
            runs.AddRange(document.Workloads.Select(run => run with { Block = run.Block + shift, Run = run.Run + shift }));
            offset += document.Design.Blocks;
        }

        return documents[0] with
        {
            Design = documents[0].Design with { Blocks = offset, Order = [.. runs.Select(run => run.Variant)] },
            Workloads = runs,
            Skipped = [.. documents.SelectMany(document => document.Skipped).DistinctBy(item => (item.Name, item.Reason))],
        };
    }

    private async Task<ResultsDocument> BootAsync(LabMachine machine, int boot, StudyOptions options, Action<string>? onOutput, CancellationToken cancel)
    {
        LabRun run = await lab.RunAsync(machine, new LabCommand
        {
            Arguments =
            [
                "ptdiag", "bench", "run", "--before-after",
                "--blocks", options.Blocks.ToString(CultureInfo.InvariantCulture),
                "--seed", (options.Seed + boot).ToString(CultureInfo.InvariantCulture),
                "--warm-up-ms", options.WarmUp.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture),
                "--measure-ms", options.Measure.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture),
                "--format", "json", "--output", "/out/" + ResultName,
            ],
            AgentPath = agentPath,
            Timeout = TimeSpan.FromMinutes(2) + (30 * options.Blocks * 3 * (options.WarmUp + options.Measure + TimeSpan.FromSeconds(1))),
            OnOutput = onOutput,
        }, cancel).ConfigureAwait(false);
        if (run.ExitCode != 0 || !run.Files.TryGetValue(ResultName, out byte[]? content))
        {
            string said = run.Error.Trim() is { Length: > 0 } error ? error : run.Output.Trim();
            throw new LabException(string.Create(CultureInfo.InvariantCulture,
                $"The study in the guest {machine.Name} ended with exit code {run.ExitCode} and left no result: {said}"));
        }

        return ResultsJson.TryParseResults(content, out ResultsDocument? document, out string? sentence)
            ? document with { Machine = MachineSummaries.OfGuest(document.Machine, machine.Name, run.Accelerator, hostIsVirtual) }
            : throw new LabException($"The guest {machine.Name} left a result that cannot be read: {sentence}");
    }
}
