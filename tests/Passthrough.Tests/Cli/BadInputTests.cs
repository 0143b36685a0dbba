using Xunit;

namespace Passthrough.Tests.Cli;

/// <summary>Bad input ends in one sentence on standard error and the contract's exit code; never in a stack trace.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ptdiag-bad-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(2, "chekc")]
    [InlineData(2, "check", "--nonsense")]
    [InlineData(2, "check", "--format", "xml")]
    [InlineData(2, "check", "--device", "banana")]
    [InlineData(2, "check", "--only", "XYZ-999")]
    [InlineData(2, "check", "--today", "yesterday")]
    [InlineData(2, "check", "--root", "/", "--bundle", "x")]
    [InlineData(2, "explain", "XYZ-999")]
    [InlineData(2, "lab", "run", "no-such-machine", "--", "true")]
    [InlineData(2, "bench", "run")]
    [InlineData(2, "bench", "run", "no.such.workload")]
    [InlineData(2, "bench", "run", "memory.chase", "--set", "pages")]
    [InlineData(2, "study", "run", "--quick", "--full")]
    [InlineData(2, "report")]
    [InlineData(3, "check", "--root", "/no/such/folder")]
    [InlineData(3, "check", "--bundle", "/no/such/bundle.tar.zst")]
    [InlineData(3, "check", "--device", "ffff:ff:1f.7")]
    [InlineData(3, "devices", "ffff:ff:1f.7")]
    [InlineData(3, "bundle", "show", "/etc/passwd")]
    [InlineData(3, "acpi", "/etc/passwd")]
    [InlineData(3, "acpi", "/no/such/table")]
    [InlineData(3, "log", "/no/such/log")]
    [InlineData(3, "compare", "/etc/passwd")]
    [InlineData(3, "report", "/etc/passwd")]
    [InlineData(3, "devices", "--text", "/etc/hostname")]
    [InlineData(3, "bundle", "create", "/no/such/folder/x.tar.zst")]
    public void Ends_in_one_sentence(int exitCode, params string[] arguments)
    {
        (int code, string output, string error) = Ptdiag.Run(arguments);
        Assert.Equal((exitCode, ""), (code, output));
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.EndsWith(".", error.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_no_tree_is_named()
    {
        (int code, _, string error) = Ptdiag.Run("check", "--root", _folder);
        Assert.Equal(3, code);
        Assert.Contains(_folder, error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_that_cannot_be_written_leaves_nothing_behind()
    {
        string path = Path.Combine(_folder, "missing", "out.json");
        (int code, _, string error) = Ptdiag.Run("check", "--format", "json", "--output", path);
        Assert.Equal(3, code);
        Assert.Contains(path, error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void An_empty_log_is_no_error()
    {
        (int code, string output, _) = Ptdiag.RunWith("", "log", "-", "--format", "json");
        Assert.Equal(0, code);
        Assert.Contains("\"total\": 0", output, StringComparison.Ordinal);
    }
}
