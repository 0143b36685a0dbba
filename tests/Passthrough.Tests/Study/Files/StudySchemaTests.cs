using System.Text.Json.Nodes;
using NJsonSchema;
using NJsonSchema.Validation;
using Passthrough.Study.Files;
using Xunit;

namespace Passthrough.Tests.Study.Files;

/// <summary>The published schema and the reader know the same files.</summary>
public sealed class StudySchemaTests
{
    [Fact]
    public async Task Every_example_has_the_published_form()
    {
        JsonSchema schema = await JsonSchema.FromFileAsync(Path.Combine(Fixtures.Repository, "docs", "schemas", "ptdiag.study-file-1.schema.json"));
        foreach (string path in Directory.GetFiles(Path.Combine(Fixtures.Repository, "docs", "examples"), "*.toml"))
        {
            ICollection<ValidationError> errors = schema.Validate(Json(TomlDocument.Parse(File.ReadAllBytes(path)))!.ToJsonString());
            Assert.True(errors.Count == 0, path + ": " + string.Join('\n', errors));
        }
    }

    [Fact]
    public async Task What_the_reader_refuses_the_schema_refuses()
    {
        JsonSchema schema = await JsonSchema.FromFileAsync(Path.Combine(Fixtures.Repository, "docs", "schemas", "ptdiag.study-file-1.schema.json"));
        foreach (string wrong in (string[])["\nblocks = 0", "\nblock = 1", "\nseed = \"x\""])
        {
            string text = StudyFileTests.Least.Replace("name = \"least\"", "name = \"least\"" + wrong, StringComparison.Ordinal);
            Assert.NotEmpty(schema.Validate(Json(TomlDocument.Parse(System.Text.Encoding.UTF8.GetBytes(text)))!.ToJsonString()));
        }
    }

    private static JsonNode? Json(TomlNode node) => node switch
    {
        TomlNode.Text text => text.Value,
        TomlNode.Integer number => number.Value,
        TomlNode.Real number => number.Value,
        TomlNode.Truth truth => truth.Value,
        TomlNode.List list => new JsonArray([.. list.Items.Select(Json)]),
        TomlNode.Table table => new JsonObject(table.Members.Select(member => KeyValuePair.Create(member.Key, Json(member.Value)))),
        _ => null,
    };
}
