using System.Diagnostics;
using System.Text.Json;
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
    [InlineData(2, "bench", "waterfall", "--blocks", "0")]
    [InlineData(2, "bench", "waterfall", "--device", "banana")]
    [InlineData(3, "bench", "waterfall", "--device", "ffff:ff:1f.7")]
    [InlineData(2, "study", "run", "--quick", "--full")]
    [InlineData(2, "study", "run", "--here", "study.toml")]
    [InlineData(2, "study", "run", "--seed", "2", "study.toml")]
    [InlineData(2, "study", "show", "/etc/passwd")]
    [InlineData(3, "study", "run", "/no/such/study.toml")]
    [InlineData(3, "study", "show", "/no/such/study.toml")]
    [InlineData(3, "study", "show", "/etc")]
    [InlineData(3, "study", "resume", "/no/such/folder")]
    [InlineData(2, "report")]
    [InlineData(3, "check", "--root", "/no/such/folder")]
    [InlineData(3, "check", "--bundle", "/no/such/bundle.tar.zst")]
    [InlineData(3, "check", "--device", "ffff:ff:1f.7")]
    [InlineData(3, "devices", "ffff:ff:1f.7")]
    [InlineData(3, "bundle", "show", "/etc/passwd")]
    [InlineData(3, "acpi", "/etc/passwd")]
    [InlineData(3, "acpi", "/no/such/table")]
    [InlineData(3, "log", "/no/such/log")]
    [InlineData(3, "domain", "lint", "/no/such/domain.xml")]
    [InlineData(3, "domain", "lint", "/etc/passwd")]
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

    [SkippableFact]
    public void Without_root_the_audit_runs_and_says_what_it_could_not_see()
    {
        Skip.IfNot(Environment.UserName == "root" && File.Exists("/usr/bin/setpriv"), "only root can run the program as somebody else");
        (int code, string output, string error) = Ptdiag.Start(new ProcessStartInfo("/usr/bin/setpriv",
            ["--reuid=65534", "--regid=65534", "--clear-groups", Ptdiag.Program, "check", "--format", "json"]));
        Assert.True(code is 0 or 1 or 3, error);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement privilege = document.RootElement.GetProperty("findings").EnumerateArray().First(finding => finding.GetProperty("id").GetString() == "ENV-001");
        Assert.NotEqual("pass", privilege.GetProperty("verdict").GetString());
        Assert.Contains(document.RootElement.GetProperty("gaps").EnumerateArray(), gap => gap.GetProperty("outcome").GetString() == "denied");
    }

    [SkippableFact]
    public void Without_root_measuring_a_device_is_refused_in_a_sentence()
    {
        Skip.IfNot(Environment.UserName == "root" && File.Exists("/usr/bin/setpriv"), "only root can run the program as somebody else");
        (int code, _, string error) = Ptdiag.Start(new ProcessStartInfo("/usr/bin/setpriv",
            ["--reuid=65534", "--regid=65534", "--clear-groups", Ptdiag.Program, "bench", "run", "dma.nvme.read"]));
        Assert.Equal(3, code);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void An_empty_log_is_no_error()
    {
        (int code, string output, _) = Ptdiag.RunWith("", "log", "-", "--format", "json");
        Assert.Equal(0, code);
        Assert.Contains("\"total\": 0", output, StringComparison.Ordinal);
    }
}
