using System.Text.Json;

namespace Passthrough.Tests.Results;

/// <summary>The keywords of JSON Schema that the schemas in docs/schemas use; any other keyword is a problem of its own.</summary>
internal static class SchemaCheck
{
    private static readonly HashSet<string> Known =
        ["$schema", "$id", "$defs", "$ref", "title", "description", "type", "required", "properties", "additionalProperties", "items", "enum", "const", "minimum", "maximum"];

    /// <summary>What of <paramref name="json"/> the schema file does not allow; keys that the schema does not name are told too.</summary>
    public static IReadOnlyList<string> Problems(string schemaFile, string json)
    {
        using JsonDocument schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(Fixtures.Repository, "docs", "schemas", schemaFile)));
        using JsonDocument document = JsonDocument.Parse(json);
        var problems = new List<string>();
        Check(schema.RootElement, schema.RootElement, document.RootElement, "$", problems);
        return problems;
    }

    private static void Check(JsonElement root, JsonElement schema, JsonElement value, string path, List<string> problems)
    {
        problems.AddRange(schema.EnumerateObject().Where(keyword => !Known.Contains(keyword.Name)).Select(keyword => $"{path}: keyword {keyword.Name} is not supported here"));
        if (schema.TryGetProperty("$ref", out JsonElement reference))
        {
            JsonElement target = reference.GetString()!.Split('/').Skip(1).Aggregate(root, (element, name) => element.GetProperty(name));
            Check(root, target, value, path, problems);
        }

        if (schema.TryGetProperty("type", out JsonElement type) && !Types(type).Any(name => Is(value, name)))
        {
            problems.Add($"{path}: {value.ValueKind} is not {type}");
            return;
        }

        if (schema.TryGetProperty("const", out JsonElement constant) && !JsonElement.DeepEquals(constant, value))
        {
            problems.Add($"{path}: {value} is not {constant}");
        }

        if (schema.TryGetProperty("enum", out JsonElement words) && !words.EnumerateArray().Any(word => JsonElement.DeepEquals(word, value)))
        {
            problems.Add($"{path}: {value} is none of {words}");
        }

        if (value.ValueKind == JsonValueKind.Number
            && ((schema.TryGetProperty("minimum", out JsonElement minimum) && value.GetDouble() < minimum.GetDouble())
                || (schema.TryGetProperty("maximum", out JsonElement maximum) && value.GetDouble() > maximum.GetDouble())))
        {
            problems.Add($"{path}: {value} is out of range");
        }

        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out JsonElement items))
        {
            int i = 0;
            foreach (JsonElement element in value.EnumerateArray())
            {
                Check(root, items, element, $"{path}[{i++}]", problems);
            }
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            CheckObject(root, schema, value, path, problems);
        }
    }

    private static void CheckObject(JsonElement root, JsonElement schema, JsonElement value, string path, List<string> problems)
    {
        if (schema.TryGetProperty("required", out JsonElement required))
        {
            problems.AddRange(required.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _)).Select(name => $"{path}: {name} is missing"));
        }

        bool named = schema.TryGetProperty("properties", out JsonElement properties);
        foreach (JsonProperty property in value.EnumerateObject())
        {
            if (named && properties.TryGetProperty(property.Name, out JsonElement own))
            {
                Check(root, own, property.Value, $"{path}.{property.Name}", problems);
            }
            else if (schema.TryGetProperty("additionalProperties", out JsonElement additional))
            {
                Check(root, additional, property.Value, $"{path}.{property.Name}", problems);
            }
            else if (named)
            {
                problems.Add($"{path}.{property.Name}: the schema does not document this key");
            }
        }
    }

    private static IEnumerable<string> Types(JsonElement type) =>
        type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(name => name.GetString()!) : [type.GetString()!];

    private static bool Is(JsonElement value, string type) => type switch
    {
        "null" => value.ValueKind == JsonValueKind.Null,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "array" => value.ValueKind == JsonValueKind.Array,
        "object" => value.ValueKind == JsonValueKind.Object,
        _ => false,
    };
}
