using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.KernelBuild;
using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Krn007Tests
{
    private static readonly Krn007VirqfdGone _check = new();

    private static HostModel Lines(HostModel model, params string[] lines) => model with
    {
        Kernel = model.Kernel with { ModuleConfiguration = [new ConfigurationFile("/etc/modules-load.d/vfio.conf", Reading.Of<IReadOnlyList<string>>(lines, "/etc/modules-load.d/vfio.conf"))] },
    };

    private static HostModel Release(string text) => Models.Blank with { Kernel = Models.Blank.Kernel with { Release = Models.Known(text) } };

    [Theory]
    [InlineData("vfio_virqfd")]
    [InlineData("softdep vfio-pci pre: vfio-virqfd")]
    public void A_line_that_loads_it_warns_where_the_module_is_gone(string line)
    {
        Finding finding = _check.Single(Lines(Models.Blank.Modules([], [], ["vfio_pci"]), "vfio", line));

        Assert.Equal(Verdict.Warn, finding.Verdict);
        Assert.Equal(new Citation("/etc/modules-load.d/vfio.conf", 2, line), Assert.Single(finding.Evidence));
    }

    [Fact]
    public void The_module_that_is_still_there_is_a_note() =>
        Assert.Equal(Verdict.Note, _check.Single(Lines(Models.Blank.Modules([], [], ["vfio_virqfd"]), "vfio_virqfd")).Verdict);

    [Theory]
    [InlineData("6.2.0-amd64", Verdict.Warn)]
    [InlineData("6.12.117+deb12-amd64", Verdict.Warn)]
    [InlineData("7.0.0-rc2", Verdict.Warn)]
    [InlineData("6.1.0-56-amd64", Verdict.Note)]
    [InlineData("5.15", Verdict.Note)]
    [InlineData("nonsense", Verdict.Unknown)]
    public void The_release_decides_only_where_module_lists_are_missing(string release, Verdict expected) =>
        Assert.Equal(expected, _check.Single(Lines(Release(release), "vfio_virqfd")).Verdict);

    [Theory]
    [InlineData("# vfio_virqfd")]
    [InlineData("  ; vfio_virqfd")]
    [InlineData("blacklist vfio_virqfd")]
    [InlineData("vfio_pci")]
    public void Lines_that_do_not_load_it_pass(string line) =>
        Assert.Equal(Verdict.Pass, _check.Single(Lines(Models.Blank.Modules([], [], []), line)).Verdict);

    [Fact]
    public void A_kernel_parameter_that_names_it_counts() => Assert.Equal(Verdict.Warn,
        _check.Single(Models.Blank.Modules([], [], []).CommandLine("rd.driver.pre=vfio_pci,vfio_virqfd")).Verdict);

    [Fact]
    public void The_log_that_missed_it_is_enough() => Assert.Equal(Verdict.Warn,
        _check.Single(Models.Blank.Log(false, (LogEventKind.ModuleMissing, "Module vfio_virqfd not found"))).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
