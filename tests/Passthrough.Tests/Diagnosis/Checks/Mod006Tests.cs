using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Modules;
using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Mod006Tests
{
    private const string File = "/etc/modprobe.d/vfio.conf";
    private static readonly Mod006EarlyBinding _check = new();

    private static HostModel Machine(string? driver, params string[] lines) => Models.Blank.Devices(Cmd010Tests.Gpu(driver)).CommandLine("quiet").With(File, lines);

    [Theory]
    [InlineData("vfio-pci", Verdict.Pass)]
    [InlineData("nvidia", Verdict.Warn)]
    [InlineData(null, Verdict.Note)]
    public void The_driver_shows_who_was_first(string? driver, Verdict expected) =>
        Assert.Equal(expected, _check.Single(Machine(driver, "options vfio_pci ids=10de:1b80")).Verdict);

    [Fact]
    public void The_warning_says_what_cannot_be_seen_and_what_is_missing()
    {
        string message = _check.Single(Machine("nvidia", "options vfio-pci ids=10de:1b80")).Message;
        Assert.Contains("without unpacking", message, StringComparison.Ordinal);
        Assert.Contains("No softdep line", message, StringComparison.Ordinal);

        HostModel told = Machine("nvidia", "options vfio-pci ids=10de:1b80", "softdep nvidia pre: vfio-pci");
        told = told with { Kernel = told.Kernel with { Initramfs = [new ConfigurationFile("/etc/initramfs-tools/modules", Reading.Of<IReadOnlyList<string>>(["vfio-pci"], "/etc/initramfs-tools/modules"))] } };
        Assert.DoesNotContain("softdep", _check.Single(told).Message, StringComparison.Ordinal);
        Assert.Contains("made anew", _check.Single(told).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_ids_is_a_note_and_a_bound_function_passes()
    {
        Assert.Equal(Verdict.Note, _check.Single(Machine("nvidia")).Verdict);
        Assert.Equal(Verdict.Pass, _check.Single(Machine("vfio-pci")).Verdict);
    }

    [Fact]
    public void An_unread_file_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Machine("nvidia").Unread("/etc/modprobe.d/x.conf")).Verdict);

    [Fact]
    public void An_unseen_driver_is_unknown() => Assert.Equal(Verdict.Unknown,
        _check.Single(Machine("x", "options vfio-pci ids=10de:1b80").Devices(Cmd010Tests.Gpu("x") with { Driver = Models.None<string>() })).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
