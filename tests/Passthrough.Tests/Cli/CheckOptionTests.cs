using System.Text.Json;
using NJsonSchema;
using Xunit;

namespace Passthrough.Tests.Cli;

/// <summary><c>ptdiag check</c> with waivers and formats, as a user runs it.</summary>
public sealed class CheckOptionTests : IDisposable
{
    private static readonly string _bundle = Path.Combine(Fixtures.Repository, "tests", "Hosts", "shared-group", "machine.tar.zst");
    private readonly string _folder = Directory.CreateTempSubdirectory("ptdiag-check-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Waived_findings_do_not_fail_the_run()
    {
        string all = Waive("GRP-001", "RST-001", "GRP-004");
        JsonSchema schema = await JsonSchema.FromFileAsync(Path.Combine(Fixtures.Repository, "docs", "schemas", "ptdiag.waivers-1.schema.json"));
        Assert.Empty(schema.Validate(await File.ReadAllTextAsync(all)));
        (int code, string output, _) = Ptdiag.Run("check", "--bundle", _bundle, "--today", "2026-01-01", "--waivers", all, "--format", "json");
        using JsonDocument document = JsonDocument.Parse(output);
        Assert.All(document.RootElement.GetProperty("findings").EnumerateArray().Where(finding => finding.GetProperty("verdict").GetString() == "fail"),
            finding => Assert.Equal("accepted", finding.GetProperty("waived").GetString()));
        Assert.Equal((0, "yes"), (code, document.RootElement.GetProperty("ready").GetString()));
    }

    [Fact]
    public void An_expired_waiver_fails_again_and_is_told()
    {
        (int code, string output, _) = Ptdiag.Run("check", "--bundle", _bundle, "--today", "2099-01-01", "--waivers", Waive("GRP-001", "RST-001"), "--format", "json");
        Assert.Equal(1, code);
        Assert.Contains("\"WAV-001\"", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "waivers file")]
    [InlineData("""{"schema":"ptdiag.waivers/1","waivers":[{"id":"IOM-001","because":"x"}]}""", "because")]
    public void A_malformed_waivers_file_is_named(string content, string expected)
    {
        string path = Path.Combine(_folder, "w.json");
        File.WriteAllText(path, content);
        (int code, string output, string error) = Ptdiag.Run("check", "--bundle", _bundle, "--waivers", path);
        Assert.Equal((3, ""), (code, output));
        Assert.Contains(path, error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("html", 1, "<!DOCTYPE html>")]
    [InlineData("junit", 1, "<?xml")]
    [InlineData("sarif", 1, "\"version\": \"2.1.0\"")]
    [InlineData("prometheus", 1, "ptdiag_ready{state=\"no\"} 1")]
    [InlineData("nagios", 2, "PTDIAG CRITICAL - ")]
    public void Every_format_is_written_to_a_file_as_to_the_screen(string format, int expected, string holds)
    {
        string path = Path.Combine(_folder, "out");
        (int code, string output, _) = Ptdiag.Run("check", "--bundle", _bundle, "--format", format);
        Assert.Equal(expected, code);
        Assert.Contains(holds, output, StringComparison.Ordinal);
        (code, string nothing, _) = Ptdiag.Run("check", "--bundle", _bundle, "--format", format, "--output", path);
        Assert.Equal((expected, ""), (code, nothing));
        if (format != "html")
        {
            Assert.Equal(output, File.ReadAllText(path));
        }

        Assert.Single(Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData("--bundle", "/no/such/bundle")]
    [InlineData("--device", "ffff:ff:1f.7")]
    [InlineData("--device", "banana")]
    public void A_plugin_that_cannot_look_says_unknown(string option, string value)
    {
        (int code, string output, _) = Ptdiag.Run("check", option, value, "--format", "nagios");
        Assert.Equal(3, code);
        Assert.StartsWith("PTDIAG UNKNOWN - ", output, StringComparison.Ordinal);
    }

    private string Waive(params string[] ids)
    {
        string path = Path.Combine(_folder, "waivers.json");
        File.WriteAllText(path, $$"""{"schema":"ptdiag.waivers/1","waivers":[{{string.Join(',', ids.Select(id => $$"""{"id":"{{id}}","reason":"accepted","expires":"2030-01-01"}"""))}}]}""");
        return path;
    }
}
