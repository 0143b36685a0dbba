using Xunit;

namespace Passthrough.Tests.Cli;

public sealed class HelpTests
{
    [Theory]
    [InlineData("check")]
    [InlineData("devices")]
    [InlineData("interrupts")]
    [InlineData("explain")]
    [InlineData("explain", "guide")]
    [InlineData("log")]
    [InlineData("acpi")]
    [InlineData("simulate")]
    [InlineData("domain", "lint")]
    [InlineData("bundle", "create")]
    [InlineData("bundle", "show")]
    [InlineData("bench", "run")]
    [InlineData("bench", "waterfall")]
    [InlineData("tune", "status")]
    [InlineData("tune", "undo")]
    [InlineData("bench", "numa")]
    [InlineData("study", "run")]
    [InlineData("study", "resume")]
    [InlineData("study", "show")]
    [InlineData("compare")]
    [InlineData("report")]
    [InlineData("lab", "run")]
    [InlineData("lab", "boot")]
    public void Every_verb_shows_an_example(params string[] verb)
    {
        (int code, string output, _) = Ptdiag.Run([.. verb, "--help"]);
        Assert.Equal(0, code);
        Assert.Contains("ptdiag " + string.Join(' ', verb), output, StringComparison.Ordinal);
        Assert.Contains("Example", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_version_is_one_line()
    {
        (int code, string output, _) = Ptdiag.Run("--version");
        Assert.Equal(0, code);
        Assert.Matches(@"^\d+\.\d+\.\d+\n$", output);
    }

    [Fact]
    public void Explain_lists_every_check_of_the_catalogue()
    {
        (_, string output, _) = Ptdiag.Run("explain");
        Assert.Equal(Passthrough.Diagnosis.Catalog.All.Count, output.TrimEnd('\n').Split('\n').Length);
    }
}
