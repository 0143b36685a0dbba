using System.Text.Json;

namespace Passthrough.Guests.Transports;

/// <summary>One reply of the guest agent: a value, or an error. Source: QEMU's qga/qapi-schema.json and docs/interop/qmp-spec.</summary>
/// <param name="Value">The value of "return"; undefined in an error.</param>
/// <param name="ErrorClass">Class of an error, for example "CommandNotFound" (which a disabled command is, too); null in an answer.</param>
/// <param name="ErrorText">The agent's words for an error; null in an answer.</param>
internal sealed record AgentReply(JsonElement Value, string? ErrorClass, string? ErrorText)
{
    /// <summary>Reads one line. Never throws: false for whatever is no reply.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out AgentReply reply)
    {
        reply = new AgentReply(default, null, null);
        try
        {
            var reader = new Utf8JsonReader(line);
            using JsonDocument json = JsonDocument.ParseValue(ref reader);

            // Whatever follows the object is no part of this protocol.
            if (json.RootElement.ValueKind != JsonValueKind.Object || reader.Read())
            {
                return false;
            }

            if (json.RootElement.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.Object)
            {
                reply = new AgentReply(default, Text(error, "class") ?? "", Text(error, "desc") ?? "");
                return true;
            }

            if (json.RootElement.TryGetProperty("return", out JsonElement value))
            {
                reply = new AgentReply(value.Clone(), null, null);
                return true;
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text with half of a surrogate pair.
        }

        return false;
    }

    /// <summary>A whole number below a name of the value; null where there is none.</summary>
    public long? Number(string name) =>
        Value.ValueKind == JsonValueKind.Object && Value.TryGetProperty(name, out JsonElement item) && item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out long number)
            ? number
            : null;

    /// <summary>The value itself as a whole number; null where it is none.</summary>
    public long? Number() => Value.ValueKind == JsonValueKind.Number && Value.TryGetInt64(out long number) ? number : null;

    /// <summary>A yes or no below a name; null where there is none.</summary>
    public bool? Flag(string name) =>
        Value.ValueKind == JsonValueKind.Object && Value.TryGetProperty(name, out JsonElement item) && item.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? item.GetBoolean()
            : null;

    /// <summary>Bytes in base64 below a name; empty where there are none or they are not base64.</summary>
    public byte[] Bytes(string name) =>
        Value.ValueKind == JsonValueKind.Object && Value.TryGetProperty(name, out JsonElement item) && item.ValueKind == JsonValueKind.String && item.TryGetBytesFromBase64(out byte[]? bytes)
            ? bytes
            : [];

    private static string? Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
}
