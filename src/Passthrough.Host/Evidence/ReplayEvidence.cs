namespace Passthrough.Host.Evidence;

/// <summary>
/// What a bundle of this transcript will answer: the recorded answers, and NotRecorded for everything else. Findings
/// made through it are, by construction, those that whoever opens the bundle will see.
/// </summary>
public sealed class ReplayEvidence(Recorder recorded) : IEvidence
{
    private readonly Dictionary<Question, Answer> _answers = new(recorded.Transcript);

    /// <inheritdoc />
    public SourceKind Kind => SourceKind.Bundle;

    /// <inheritdoc />
    public string DisplayName => recorded.DisplayName;

    /// <inheritdoc />
    public Answer Ask(Question question) => _answers.GetValueOrDefault(question, Answer.NotRecorded);
}
