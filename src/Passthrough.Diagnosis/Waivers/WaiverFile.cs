using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Passthrough.Diagnosis.Waivers;

/// <summary>
/// The waivers file, <c>ptdiag.waivers/1</c>: <c>{"schema": "ptdiag.waivers/1", "waivers": [{"id", "subject", "reason", "expires"}]}</c>.
/// <c>subject</c> may be left out or be <c>*</c>; everything else is required, and a key that is not known is an error, because a
/// misspelt one would waive more, or longer, than was meant.
/// </summary>
public static class WaiverFile
{
    private const string Schema = "ptdiag.waivers/1";

    /// <summary>Parses the file's bytes; <paramref name="problem"/> says what is wrong, without a full stop, when false.</summary>
    public static bool TryParse(ReadOnlySpan<byte> content, out IReadOnlyList<Waiver> waivers, out string problem)
    {
        waivers = [];
        problem = "";
        WaiverDocument? document;
        try
        {
            document = JsonSerializer.Deserialize(content, WaiverJson.Default.WaiverDocument);
        }
        catch (JsonException error)
        {
            problem = Explain(error);
            return false;
        }

        if (document?.Schema != Schema || document.Waivers is null)
        {
            problem = $"it must be an object with \"schema\": \"{Schema}\" and a list \"waivers\"";
            return false;
        }

        var read = new List<Waiver>();
        foreach (WaiverEntry? entry in document.Waivers)
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"waiver {read.Count + 1}");
            if (Read(entry, out problem) is not { } waiver)
            {
                problem = $"{place}{(string.IsNullOrWhiteSpace(entry?.Id) ? "" : $" ({entry.Id})")} {problem}";
                return false;
            }

            if (read.Any(other => Catalog.IsSameId(other.Id, waiver.Id) && string.Equals(other.Subject, waiver.Subject, StringComparison.OrdinalIgnoreCase)))
            {
                problem = $"{place} waives {waiver} a second time";
                return false;
            }

            read.Add(waiver);
        }

        waivers = read;
        return true;
    }

    private static Waiver? Read(WaiverEntry? entry, out string problem)
    {
        problem = "";
        if (entry is null || string.IsNullOrWhiteSpace(entry.Id))
        {
            problem = "names no check: give its \"id\"";
            return null;
        }

        string? id = Catalog.Find(entry.Id)?.Id ?? ReservedIds.Titles.Keys.FirstOrDefault(reserved => Catalog.IsSameId(reserved, entry.Id));
        if (id is null)
        {
            problem = "names a check that does not exist: 'ptdiag explain' lists the checks";
            return null;
        }

        if (string.IsNullOrWhiteSpace(entry.Reason))
        {
            problem = "gives no \"reason\"";
            return null;
        }

        if (!DateOnly.TryParseExact(entry.Expires, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly expires))
        {
            problem = "gives no day on which it \"expires\", written as YYYY-MM-DD";
            return null;
        }

        string subject = string.IsNullOrWhiteSpace(entry.Subject) ? Waiver.AnySubject : entry.Subject.Trim();
        return new Waiver(id, subject, entry.Reason.Trim(), expires);
    }

    // The serialiser's own sentence names .NET types; what a person needs is the place.
    private static string Explain(JsonException error)
    {
        const string Unmapped = "The JSON property '";
        string message = error.Message;
        if (message.StartsWith(Unmapped, StringComparison.Ordinal) && message.IndexOf('\'', Unmapped.Length) is > 0 and var end)
        {
            return $"it holds a key that is not known, \"{message[Unmapped.Length..end]}\"";
        }

        return error.LineNumber is { } line
            ? string.Create(CultureInfo.InvariantCulture, $"its line {line + 1} is not the JSON of a waivers file")
            : "it is not the JSON of a waivers file";
    }
}

/// <summary>The file as it is written.</summary>
internal sealed record WaiverDocument(
    [property: JsonPropertyName("schema")] string? Schema,
    [property: JsonPropertyName("waivers")] IReadOnlyList<WaiverEntry?>? Waivers,
    [property: JsonPropertyName("$schema")] string? SchemaAddress = null);

/// <summary>One waiver as it is written.</summary>
internal sealed record WaiverEntry(
    [property: JsonPropertyName("id")] string? Id,
    [property: JsonPropertyName("subject")] string? Subject,
    [property: JsonPropertyName("reason")] string? Reason,
    [property: JsonPropertyName("expires")] string? Expires);

/// <summary>Source-generated reader of the waivers file.</summary>
[JsonSourceGenerationOptions(UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true)]
[JsonSerializable(typeof(WaiverDocument))]
internal sealed partial class WaiverJson : JsonSerializerContext;
