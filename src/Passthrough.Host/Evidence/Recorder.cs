using System.Collections.Concurrent;

namespace Passthrough.Host.Evidence;

/// <summary>
/// Asks once, remembers, and repeats the first answer, so that one run sees one consistent snapshot.
/// What it holds afterwards is the bundle. Safe for use by two readers at a time.
/// </summary>
/// <param name="inner">The source.</param>
/// <param name="forgetsFunctions">
/// For a run that keeps no record: what was found in the folders of functions and groups, which nothing asks for twice, is not remembered. On a
/// machine with thousands of functions that is most of the memory.
/// </param>
public sealed class Recorder(IEvidence inner, bool forgetsFunctions = false) : IEvidence
{
    private readonly ConcurrentDictionary<Question, Answer> _answers = new();

    /// <inheritdoc />
    public SourceKind Kind => inner.Kind;

    /// <inheritdoc />
    public string DisplayName => inner.DisplayName;

    /// <summary>All questions asked so far with their answers, ordered by path and verb.</summary>
    public IReadOnlyList<KeyValuePair<Question, Answer>> Transcript =>
        [.. _answers.OrderBy(entry => entry.Key.Path, StringComparer.Ordinal).ThenBy(entry => entry.Key.Verb)];

    /// <summary>The same in no order.</summary>
    internal IEnumerable<KeyValuePair<Question, Answer>> Unordered => _answers;

    /// <inheritdoc />
    public Answer Ask(Question question)
    {
        if (forgetsFunctions && IsInFolderOfMany(question.Path))
        {
            Answer answer = inner.Ask(question);
            return TextGate.Sieve(question, answer).IsFound ? answer : _answers.GetOrAdd(question, answer);
        }

        return _answers.GetOrAdd(question, static (key, source) => Guests.GuestSecrets.Without(key, source.Ask(key)), inner);
    }

    private static bool IsInFolderOfMany(string path) =>
        path.StartsWith("/sys/bus/pci/devices/", StringComparison.Ordinal) || path.StartsWith("/sys/kernel/iommu_groups/", StringComparison.Ordinal);
}
