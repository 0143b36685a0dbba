using Passthrough.Host.Evidence;

namespace Passthrough.Tests.Robustness;

/// <summary>A machine with one answer replaced.</summary>
internal sealed class AlteredEvidence(IEvidence inner, Question altered, Answer answer) : IEvidence
{
    public SourceKind Kind => inner.Kind;

    public string DisplayName => inner.DisplayName;

    public Answer Ask(Question question) => question == altered ? answer : inner.Ask(question);
}
