using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Bundles;

/// <summary>
/// A recorded bundle, held in memory. It repeats every recorded answer; what was not asked of the machine is not recorded.
/// </summary>
public sealed class BundleEvidence : IEvidence
{
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _members;
    private readonly Dictionary<Question, Answer> _answers;

    private BundleEvidence(string name, BundleManifest manifest, Dictionary<string, ReadOnlyMemory<byte>> members, Dictionary<Question, Answer> answers)
    {
        DisplayName = name;
        Manifest = manifest;
        _members = members;
        _answers = answers;
    }

    /// <inheritdoc />
    public SourceKind Kind => SourceKind.Bundle;

    /// <inheritdoc />
    public string DisplayName { get; }

    /// <summary>What the bundle says of itself; its hashes were verified.</summary>
    public BundleManifest Manifest { get; }

    /// <summary>Names of the members beside the recorded evidence, for example findings.json; ordered.</summary>
    public IReadOnlyList<string> AdditionalMembers => [.. _members.Keys
        .Where(name => name is not (BundleFormat.ManifestName or BundleFormat.IndexName or BundleFormat.ReadmeName)
            && !name.StartsWith(BundleFormat.RootFolder + "/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)];

    /// <summary>Every recorded question, ordered by path and verb.</summary>
    public IReadOnlyList<KeyValuePair<Question, Answer>> Transcript =>
        [.. _answers.OrderBy(entry => entry.Key.Path, StringComparer.Ordinal).ThenBy(entry => entry.Key.Verb)];

    /// <inheritdoc />
    public Answer Ask(Question question) => _answers.GetValueOrDefault(question, Answer.NotRecorded);

    /// <summary>The content of a member by its name in the archive.</summary>
    public bool TryGetMember(string name, out ReadOnlyMemory<byte> content) => _members.TryGetValue(name, out content);

    /// <summary>Opens a bundle file and verifies it.</summary>
    /// <exception cref="EvidenceException">It is no bundle, damaged, altered, too large or of a newer format.</exception>
    public static BundleEvidence Open(string path)
    {
        using Stream stream = BundleFile.Open(path);
        return Open(stream, path);
    }

    /// <summary>Reads a bundle from a stream that can seek; <paramref name="name"/> stands in the sentences of errors.</summary>
    /// <exception cref="EvidenceException">It is no bundle, damaged, altered, too large or of a newer format.</exception>
    public static BundleEvidence Open(Stream stream, string name)
    {
        Dictionary<string, ReadOnlyMemory<byte>> members;
        try
        {
            members = BundleArchive.Read(stream);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Whatever the unpackers and the archive's reader throw on damaged bytes, to the user it is one thing.
            string why = exception is InvalidDataException && exception.Message.StartsWith("it ", StringComparison.Ordinal)
                ? exception.Message : "its archive is damaged";
            throw NotABundle(name, why, exception);
        }

        BundleManifest manifest = ReadManifest(name, members);
        Verify(name, manifest, members);
        return new BundleEvidence(name, manifest, members, ReadIndex(name, members));
    }

    private static EvidenceException NotABundle(string name, string why, Exception? inner = null)
    {
        string sentence = $"{name} is not a ptdiag bundle: {why}; make one with 'ptdiag bundle create'.";
        return inner is null ? new EvidenceException(sentence) : new EvidenceException(sentence, inner);
    }

    private static BundleManifest ReadManifest(string name, Dictionary<string, ReadOnlyMemory<byte>> members)
    {
        if (!members.TryGetValue(BundleFormat.ManifestName, out ReadOnlyMemory<byte> content))
        {
            throw NotABundle(name, "it holds no manifest.json");
        }

        // Schema and number first: a later format may have another shape, and the user needs to hear about the version.
        BundleManifest? manifest;
        try
        {
            (string? schema, int format, string? version) = Head(content);
            if (schema is null || !schema.StartsWith("ptdiag.bundle/", StringComparison.Ordinal) || format < 1)
            {
                throw NotABundle(name, "its manifest.json is not that of a bundle");
            }

            if (format > BundleFormat.Number)
            {
                throw new EvidenceException($"{name} was written by a newer ptdiag ({version ?? "of unknown version"}, bundle format {format}): "
                    + $"read it with that version, this one knows formats up to {BundleFormat.Number}.");
            }

            manifest = JsonSerializer.Deserialize(content.Span, BundleManifestJson.Default.BundleManifest);
        }
        catch (JsonException exception)
        {
            throw NotABundle(name, "its manifest.json does not parse", exception);
        }

        return manifest?.Members is null ? throw NotABundle(name, "its manifest.json lists no members") : manifest;
    }

    private static (string? Schema, int Format, string? Version) Head(ReadOnlyMemory<byte> content)
    {
        // The document accepts text that is not UTF-8 and throws only when a string is taken out of it.
        if (!System.Text.Unicode.Utf8.IsValid(content.Span))
        {
            throw new JsonException("it is not UTF-8");
        }

        using JsonDocument document = JsonDocument.Parse(content);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return default;
        }

        string? schema = root.TryGetProperty("schema", out JsonElement s) && s.ValueKind == JsonValueKind.String ? s.GetString() : null;
        int format = root.TryGetProperty("format", out JsonElement f) && f.ValueKind == JsonValueKind.Number && f.TryGetInt32(out int number) ? number : 0;
        string? version = root.TryGetProperty("tool", out JsonElement tool) && tool.ValueKind == JsonValueKind.Object
            && tool.TryGetProperty("version", out JsonElement v) && v.ValueKind == JsonValueKind.String ? v.GetString() : null;
        return (schema, format, version);
    }

    private static void Verify(string name, BundleManifest manifest, Dictionary<string, ReadOnlyMemory<byte>> members)
    {
        var listed = new HashSet<string>(StringComparer.Ordinal) { BundleFormat.ManifestName };
        foreach (BundleMember? member in manifest.Members)
        {
            if (member?.Name is null || !listed.Add(member.Name))
            {
                throw NotABundle(name, "its manifest.json lists a member twice or without a name");
            }

            if (!members.TryGetValue(member.Name, out ReadOnlyMemory<byte> content))
            {
                throw new EvidenceException($"{name} is damaged: its member {member.Name} is missing; ask for the bundle again.");
            }

            if (content.Length != member.SizeBytes
                || !string.Equals(Convert.ToHexStringLower(SHA256.HashData(content.Span)), member.Sha256, StringComparison.OrdinalIgnoreCase))
            {
                throw new EvidenceException(
                    $"{name} is damaged or was altered: its member {member.Name} does not match its hash; ask for the bundle again.");
            }
        }

        if (members.Keys.FirstOrDefault(member => !listed.Contains(member)) is { } stranger)
        {
            throw new EvidenceException($"{name} was altered: its member {stranger} is not listed in manifest.json; ask for the bundle again.");
        }
    }

    private static Dictionary<Question, Answer> ReadIndex(string name, Dictionary<string, ReadOnlyMemory<byte>> members)
    {
        if (!members.TryGetValue(BundleFormat.IndexName, out ReadOnlyMemory<byte> content))
        {
            throw NotABundle(name, "it holds no index.json");
        }

        BundleIndex? index;
        try
        {
            index = JsonSerializer.Deserialize(content.Span, BundleIndexJson.Default.BundleIndex);
        }
        catch (JsonException exception)
        {
            throw NotABundle(name, "its index.json does not parse", exception);
        }

        if (index?.Schema != BundleFormat.IndexSchema || index.Answers is null)
        {
            throw NotABundle(name, "its index.json is not that of a bundle");
        }

        var answers = new Dictionary<Question, Answer>(index.Answers.Count);
        foreach (BundleAnswer? entry in index.Answers)
        {
            if (entry?.Path is null || BundleWords.Verb(entry.Verb) is not { } verb || BundleWords.Outcome(entry.Outcome) is not { } outcome
                || ContentOf(entry, members) is not { } bytes)
            {
                throw NotABundle(name, "an entry of its index.json is incomplete");
            }

            answers[new Question(verb, entry.Path)] = new Answer(outcome, bytes, entry.Why);
        }

        return answers;
    }

    private static ReadOnlyMemory<byte>? ContentOf(BundleAnswer entry, Dictionary<string, ReadOnlyMemory<byte>> members)
    {
        if (entry.Member is not null)
        {
            return members.TryGetValue(entry.Member, out ReadOnlyMemory<byte> content) ? content : null;
        }

        if (entry.Text is not null)
        {
            return Encoding.UTF8.GetBytes(entry.Text);
        }

        if (entry.Base64 is null)
        {
            return ReadOnlyMemory<byte>.Empty;
        }

        byte[] buffer = new byte[(entry.Base64.Length / 4 * 3) + 3];
        return Convert.TryFromBase64String(entry.Base64, buffer, out int length) ? buffer.AsMemory(0, length) : null;
    }
}
