using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Passthrough.Results.Claims;
using Passthrough.Results.Json;

namespace Passthrough.Results;

/// <summary>Writes and reads <c>ptdiag.results/1</c> and <c>ptdiag.comparison/1</c>; the schemas lie in docs/schemas.</summary>
public static class ResultsJson
{
    private const string ResultsSchema = "ptdiag.results/1";
    private const string ComparisonSchema = "ptdiag.comparison/1";
    private const string ClaimsSchema = "ptdiag.claims/1";

    // A claim is a sentence, and gains beyond a million per cent are mistyped.
    private const double LargestGain = 10_000;

    /// <summary>The document as indented JSON with every key present.</summary>
    public static string Serialize(ResultsDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return JsonSerializer.Serialize(Canonical.Of(document), ResultsJsonContext.Default.ResultsDocument) + "\n";
    }

    /// <summary>The document as indented JSON with every key present.</summary>
    public static string Serialize(ComparisonDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return JsonSerializer.Serialize(Canonical.Of(document), ResultsJsonContext.Default.ComparisonDocument) + "\n";
    }

    /// <summary>Reads results. Never throws: what is no results document gives false and one sentence that says why.</summary>
    public static bool TryParseResults(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out ResultsDocument? document, [NotNullWhen(false)] out string? sentence)
    {
        if (!TryParse(utf8, ResultsSchema, ResultsJsonContext.Default.ResultsDocument, out document, out sentence))
        {
            return false;
        }

        document = Canonical.Filled(document);
        sentence = Defect(document);
        if (sentence is not null)
        {
            document = null;
        }

        return document is not null;
    }

    /// <summary>Reads a comparison. Never throws: what is no comparison document gives false and one sentence that says why.</summary>
    public static bool TryParseComparison(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out ComparisonDocument? document, [NotNullWhen(false)] out string? sentence)
    {
        if (!TryParse(utf8, ComparisonSchema, ResultsJsonContext.Default.ComparisonDocument, out document, out sentence))
        {
            return false;
        }

        document = Canonical.Filled(document);
        bool holdsNull = document.Claims.Any(claim => claim is null) || document.Notes.Any(note => note is null)
            || document.Comparisons.Any(comparison => comparison is null || comparison.Parameters.Values.Any(value => value is null)
                || comparison.Changed.Any(change => change is null) || comparison.Confounders.Any(one => one is null)
                || comparison.RejectedRuns.Any(run => run is null) || comparison.Notes.Any(note => note is null));
        if (holdsNull)
        {
            document = null;
            sentence = "The comparison holds an entry that is null.";
        }

        return document is not null;
    }

    /// <summary>Reads claims. Never throws: what is no claims document gives false and one sentence that says why.</summary>
    public static bool TryParseClaims(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out IReadOnlyList<DeclaredClaim>? claims, [NotNullWhen(false)] out string? sentence)
    {
        claims = null;
        if (!TryParse(utf8, ClaimsSchema, ResultsJsonContext.Default.ClaimsDocument, out ClaimsDocument? document, out sentence))
        {
            return false;
        }

        int wrong = document.Claims.ToList().FindIndex(claim => claim is null || string.IsNullOrWhiteSpace(claim.Text)
            || string.IsNullOrWhiteSpace(claim.Factor) || claim.Gain is not (> 0 and <= LargestGain) || claim.Statistic is not (null or "value" or "p99"));
        if (wrong >= 0 || document.Claims.Count == 0)
        {
            sentence = wrong < 0
                ? "The file declares no claim."
                : string.Create(CultureInfo.InvariantCulture,
                    $"Claim {wrong + 1} needs a \"claim\" and a \"factor\" that are not empty, a \"gain\" above zero (0.2 is 20 %), and \"value\" or \"p99\" as \"statistic\" if it has one.");
            return false;
        }

        claims = document.Claims;
        return true;
    }

    private static bool TryParse<T>(ReadOnlySpan<byte> utf8, string schema, JsonTypeInfo<T> type, [NotNullWhen(true)] out T? document, [NotNullWhen(false)] out string? sentence)
        where T : class
    {
        document = null;
        ReadOnlySpan<byte> content = utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
        try
        {
            sentence = SchemaProblem(content, schema);
            if (sentence is not null)
            {
                return false;
            }

            document = JsonSerializer.Deserialize(content, type);
            sentence = document is null ? "The file holds null." : null;
            return document is not null;
        }
        catch (JsonException e)
        {
            string place = e.LineNumber is { } line ? string.Create(CultureInfo.InvariantCulture, $" at line {line + 1}") : "";
            string path = string.IsNullOrEmpty(e.Path) || e.Path == "$" ? "" : $" ({e.Path})";
            sentence = $"The file is not {schema}: it does not have the required form{place}{path}.";
        }
        catch (InvalidOperationException)
        {
            // Text with half of a surrogate pair is found only when it is made a string.
            sentence = $"The file is not {schema}: it holds text that is not valid Unicode.";
        }

        document = null;
        return false;
    }

    /// <summary>Looks at the top level alone, so that another kind of document is named instead of a missing key.</summary>
    private static string? SchemaProblem(ReadOnlySpan<byte> content, string schema)
    {
        if (content.Trim(" \t\r\n"u8).IsEmpty)
        {
            return "The file is empty.";
        }

        var reader = new Utf8JsonReader(content);
        try
        {
            using JsonDocument json = JsonDocument.ParseValue(ref reader);
            if (json.RootElement.ValueKind != JsonValueKind.Object
                || !json.RootElement.TryGetProperty("schema", out JsonElement found)
                || found.ValueKind != JsonValueKind.String)
            {
                return $"The file is JSON without a \"schema\" of {schema}.";
            }

            string actual = found.GetString()!;
            if (actual == schema)
            {
                return null;
            }

            string kind = schema[..(schema.IndexOf('/', StringComparison.Ordinal) + 1)];
            return actual.StartsWith(kind, StringComparison.Ordinal) && int.TryParse(actual.AsSpan(kind.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 1
                ? $"The file is {actual}, written by a newer version; this version reads {schema}."
                : $"The file is \"{Short(actual)}\", not {schema}.";
        }
        catch (JsonException e)
        {
            return string.Create(CultureInfo.InvariantCulture, $"The file is not JSON (line {(e.LineNumber ?? 0) + 1}).");
        }
    }

    /// <summary>What the types cannot say: nulls inside lists, negative counts.</summary>
    private static string? Defect(ResultsDocument document)
    {
        for (int i = 0; i < document.Workloads.Count; i++)
        {
            WorkloadRun run = document.Workloads[i];
            if (run is null || run.Parameters.Values.Any(value => value is null) || run.Samples < 0 || run.Run < 0 || run.Block < 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"Entry {i + 1} of \"workloads\" is null or holds a null parameter or a negative count.");
            }
        }

        return document.Skipped.Any(skipped => skipped is null) || document.Design.Order.Any(name => name is null) ? "A list of the file holds null." : null;
    }

    private static string Short(string text) => text.Length <= 60 ? text : text[..60] + "…";
}
