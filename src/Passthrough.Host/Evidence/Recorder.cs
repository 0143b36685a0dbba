using System.Collections.Concurrent;

namespace Passthrough.Host.Evidence;

/// <summary>
/// Asks once, remembers, and repeats the first answer, so that one run sees one consistent snapshot.
/// What it holds afterwards is the bundle. Safe for use by two readers at a time.
/// </summary>
public sealed class Recorder(IEvidence inner) : IEvidence
{
    private readonly ConcurrentDictionary<Question, Answer> _answers = new();

    /// <inheritdoc />
    public SourceKind Kind => inner.Kind;

    /// <inheritdoc />
    public string DisplayName => inner.DisplayName;

    /// <summary>All questions asked so far with their answers, ordered by path and verb.</summary>
    public IReadOnlyList<KeyValuePair<Question, Answer>> Transcript =>
        [.. _answers.OrderBy(entry => entry.Key.Path, StringComparer.Ordinal).ThenBy(entry => entry.Key.Verb)];

    /// <inheritdoc />
    public Answer Ask(Question question) => _answers.GetOrAdd(question,
        static (key, source) => Guests.GuestSecrets.Without(key, source.Ask(key)), inner);
}
