using System.Text.Json.Serialization;

namespace Passthrough.Host.Bundles;

/// <summary>Names and limits of the bundle format.</summary>
public static class BundleFormat
{
    /// <summary>The format's number; a bundle with a larger one is refused.</summary>
    public const int Number = 1;

    /// <summary>Schema of manifest.json.</summary>
    public const string ManifestSchema = "ptdiag.bundle/1";

    /// <summary>Schema of index.json.</summary>
    public const string IndexSchema = "ptdiag.index/1";

    /// <summary>The member that says what the bundle is.</summary>
    public const string ManifestName = "manifest.json";

    /// <summary>The member with every question and its outcome.</summary>
    public const string IndexName = "index.json";

    /// <summary>The member for people.</summary>
    public const string ReadmeName = "README.txt";

    /// <summary>The folder of the plain tree.</summary>
    public const string RootFolder = "root";

    /// <summary>Most entries of an archive.</summary>
    public const int MaximumEntries = 200_000;

    /// <summary>Most bytes of a member.</summary>
    public const long MaximumMemberBytes = 256L << 20;

    /// <summary>Most bytes of all members together.</summary>
    public const long MaximumTotalBytes = 1L << 30;
}

/// <summary>manifest.json: what made the bundle, when, from what, and the hash of every other member.</summary>
public sealed record BundleManifest
{
    /// <summary><see cref="BundleFormat.ManifestSchema"/>.</summary>
    public string? Schema { get; init; }

    /// <summary>The format's number.</summary>
    public int Format { get; init; }

    /// <summary>What wrote it.</summary>
    public BundleTool? Tool { get; init; }

    /// <summary>When the machine was looked at, UTC.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>What was looked at: live, directory or bundle.</summary>
    public string? Source { get; init; }

    /// <summary>All members but this one, in the archive's order.</summary>
    public IReadOnlyList<BundleMember> Members { get; init; } = [];
}

/// <summary>Name and version of the program that wrote a document.</summary>
public sealed record BundleTool(string? Name, string? Version);

/// <summary>One file of the archive. Sha256: lower-case hex.</summary>
public sealed record BundleMember(string? Name, string? Sha256, long SizeBytes);

/// <summary>index.json: every question with its answer.</summary>
internal sealed record BundleIndex
{
    public string? Schema { get; init; }

    public BundleTool? Tool { get; init; }

    public IReadOnlyList<BundleAnswer> Answers { get; init; } = [];
}

/// <summary>
/// One question and its answer. What was found stands in exactly one of member (a file of the archive), text (UTF-8) and base64.
/// </summary>
internal sealed record BundleAnswer
{
    public string? Verb { get; init; }

    public string? Path { get; init; }

    public string? Outcome { get; init; }

    public string? Why { get; init; }

    public string? Member { get; init; }

    public string? Text { get; init; }

    public string? Base64 { get; init; }
}

/// <summary>Serialisation without reflection.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, NewLine = "\n",
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(BundleManifest))]
internal sealed partial class BundleManifestJson : JsonSerializerContext;

/// <summary>Serialisation of the index: compact, and without the keys that do not apply, for it has thousands of entries.</summary>
[JsonSourceGenerationOptions(NewLine = "\n",
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BundleIndex))]
[JsonSerializable(typeof(BundleAnswer))]
internal sealed partial class BundleIndexJson : JsonSerializerContext;

/// <summary>The words of the enums in a bundle. Written out, so that renaming a member cannot change the format.</summary>
internal static class BundleWords
{
    public static string Of(Evidence.Verb verb) => verb switch
    {
        Evidence.Verb.Read => "read",
        Evidence.Verb.List => "list",
        Evidence.Verb.Link => "link",
        _ => "query",
    };

    public static Evidence.Verb? Verb(string? word) => word switch
    {
        "read" => Evidence.Verb.Read,
        "list" => Evidence.Verb.List,
        "link" => Evidence.Verb.Link,
        "query" => Evidence.Verb.Query,
        _ => null,
    };

    public static string Of(Evidence.Outcome outcome) => outcome switch
    {
        Evidence.Outcome.Found => "found",
        Evidence.Outcome.Absent => "absent",
        Evidence.Outcome.Denied => "denied",
        Evidence.Outcome.Failed => "failed",
        Evidence.Outcome.Withheld => "withheld",
        _ => "notRecorded",
    };

    public static Evidence.Outcome? Outcome(string? word) => word switch
    {
        "found" => Evidence.Outcome.Found,
        "absent" => Evidence.Outcome.Absent,
        "denied" => Evidence.Outcome.Denied,
        "failed" => Evidence.Outcome.Failed,
        "withheld" => Evidence.Outcome.Withheld,
        "notRecorded" => Evidence.Outcome.NotRecorded,
        _ => null,
    };

    public static string Of(Evidence.SourceKind kind) => kind switch
    {
        Evidence.SourceKind.Live => "live",
        Evidence.SourceKind.Directory => "directory",
        _ => "bundle",
    };
}
