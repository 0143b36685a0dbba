using System.Text.Json;

namespace Passthrough.Guests.Transports;

/// <summary>Requests to the guest agent, each a JSON text on one line. Source: QEMU's qga/qapi-schema.json.</summary>
internal static class AgentRequest
{
    public static byte[] Execute(IReadOnlyList<string> arguments) => Make("guest-exec", json =>
    {
        json.WriteString("path", arguments[0]);
        json.WriteStartArray("arg");
        foreach (string argument in arguments.Skip(1))
        {
            json.WriteStringValue(argument);
        }

        json.WriteEndArray();
        json.WriteBoolean("capture-output", true);
    });

    public static byte[] Status(long process) => Make("guest-exec-status", json => json.WriteNumber("pid", process));

    public static byte[] Open(string path, string mode) => Make("guest-file-open", json =>
    {
        json.WriteString("path", path);
        json.WriteString("mode", mode);
    });

    public static byte[] Write(long handle, ReadOnlySpan<byte> content)
    {
        string text = Convert.ToBase64String(content);
        return Make("guest-file-write", json =>
        {
            json.WriteNumber("handle", handle);
            json.WriteString("buf-b64", text);
        });
    }

    public static byte[] Read(long handle, int count) => Make("guest-file-read", json =>
    {
        json.WriteNumber("handle", handle);
        json.WriteNumber("count", count);
    });

    public static byte[] Close(long handle) => Make("guest-file-close", json => json.WriteNumber("handle", handle));

    private static byte[] Make(string command, Action<Utf8JsonWriter> arguments)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("execute", command);
            json.WriteStartObject("arguments");
            arguments(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
