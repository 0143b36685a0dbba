using Passthrough.Host.Evidence;

namespace Passthrough.Tests.Evidence;

/// <summary>A machine made of a few answers; everything else is absent, or what <see cref="Otherwise"/> says.</summary>
internal sealed class ScriptedEvidence : IEvidence
{
    private readonly Dictionary<Question, Answer> _answers = [];

    public SourceKind Kind { get; init; } = SourceKind.Live;

    public string DisplayName => "a script";

    public Answer Otherwise { get; init; } = Answer.Absent;

    public Answer Ask(Question question) => _answers.GetValueOrDefault(question, Otherwise);

    public ScriptedEvidence With(Question question, Answer answer)
    {
        _answers[question] = answer;
        return this;
    }

    public ScriptedEvidence File(string path, string text) => With(Question.Read(path), Answer.Of(text));

    public ScriptedEvidence Folder(string path, params string[] names) => With(Question.List(path), Answer.Of(string.Join('\n', names)));

    public ScriptedEvidence Link(string path, string target) => With(Question.Link(path), Answer.Of(target));

    public ScriptedEvidence Query(string name, string text) => With(Question.Query(name), Answer.Of(text));
}
