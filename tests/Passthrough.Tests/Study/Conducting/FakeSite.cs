using Passthrough.Results;
using Passthrough.Study.Conducting;
using Passthrough.Study.Files;

namespace Passthrough.Tests.Study.Conducting;

/// <summary>A guest that answers at once: its runs hold what the schedule asked for.</summary>
internal sealed class FakeSite(StudyFile file, Func<StudySlot, int, Exception?>? fails = null, Func<StudySlot, string?>? skips = null) : IStudySite
{
    public int Runs { get; private set; }

    public bool IsLeft { get; private set; }

    public Task<ResultsDocument> RunAsync(StudySlot slot, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (fails?.Invoke(slot, Runs) is { } error)
        {
            throw error;
        }

        Runs++;
        string? reason = skips?.Invoke(slot);
        return Task.FromResult(new ResultsDocument
        {
            Tool = new ToolIdentity("ptdiag", "1"),
            Machine = new MachineSummary { Kernel = slot.Guest, Emulated = false },
            Design = new StudyDesign(1, 1, [], "run"),
            Workloads = reason is not null ? [] :
            [
                new WorkloadRun
                {
                    Name = file.Items[slot.Item].Factor.Workload, Parameters = new Dictionary<string, string>(), Metric = "latency", Unit = "nanoseconds",
                    Variant = slot.Variant, Factor = slot.Factor, Run = slot.Block, Block = slot.Block, Samples = 1, Witness = new Dictionary<string, double>(),
                    Value = Runs % 5 == 0 ? null : 100 + Runs, Rejected = Runs % 5 == 0 ? "a rule" : null, Percentiles = new Percentiles(5, null, null),
                },
            ],
            Skipped = reason is null ? [] : [StudyStep.SkippedOf(file.Items[slot.Item], reason)],
        });
    }

    public Task<string?> LeaveAsync()
    {
        IsLeft = true;
        return Task.FromResult<string?>(null);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
