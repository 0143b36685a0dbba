using Passthrough.Host.Evidence;
using Passthrough.Results;
using Passthrough.Study.Files;
using Passthrough.Tuning;

namespace Passthrough.Study.Conducting;

/// <summary>This machine itself.</summary>
/// <param name="file">The study.</param>
/// <param name="now">This machine, not recorded.</param>
/// <param name="session">Where changes are made.</param>
/// <param name="version">The tool's version.</param>
public sealed class HereSite(StudyFile file, IEvidence now, TuningSession session, string version) : IStudySite
{
    /// <inheritdoc />
    public Task<ResultsDocument> RunAsync(StudySlot slot, CancellationToken cancel)
    {
        ResultsDocument document = StudyStep.Run(file, file.Items[slot.Item], slot.Variant, slot.Block, now, session, version, cancel);

        // In the form in which a guest's result comes: without numbers that are none, for example.
        return Task.FromResult(ResultsJson.TryParseResults(System.Text.Encoding.UTF8.GetBytes(ResultsJson.Serialize(document)), out ResultsDocument? written, out string? sentence)
            ? written
            : throw new StudyException($"A result of this machine cannot be written: {sentence}"));
    }

    /// <inheritdoc />
    public Task<string?> LeaveAsync() => Task.FromResult<string?>(null);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
