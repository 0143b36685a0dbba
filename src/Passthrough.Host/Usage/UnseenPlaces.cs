using Passthrough.Host.Evidence;

namespace Passthrough.Host.Usage;

/// <summary>
/// Tells each place that could not be seen on the way from a use to its function: a link or a folder that is hidden may hide a use,
/// which must not look like none. What is absent hides nothing.
/// </summary>
internal sealed class UnseenPlaces(IEvidence inner, Action<string> tell) : IEvidence
{
    public SourceKind Kind => inner.Kind;

    public string DisplayName => inner.DisplayName;

    public Answer Ask(Question question)
    {
        Answer answer = inner.Ask(question);
        if (answer.Outcome is not (Outcome.Found or Outcome.Absent))
        {
            tell($"{question.Path} was not read");
        }

        return answer;
    }
}
