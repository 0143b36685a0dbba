using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Modules;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Mod004Tests
{
    private const string File = "/etc/modprobe.d/vfio.conf";
    private static readonly Mod004ModprobeLint _check = new();

    [Theory]
    [InlineData("options vfio-pci ids=10de:1b80,10de:10f0 disable_vga=1")]
    [InlineData("options vfio_pci ids=10de:1b80")]
    [InlineData("options vfio_iommu_type1 allow_unsafe_interrupts=1")]
    [InlineData("softdep nvidia pre: vfio-pci")]
    [InlineData("softdep vfio-pci pre: vfio vfio_iommu_type1")]
    [InlineData("softdep vfio-pci pre: vfio_virqfd")]
    [InlineData("# options vfio-pci id=1")]
    [InlineData("blacklist nouveau")]
    [InlineData("options vfio-pci \\", "  ids=10de:1b80")]
    public void Sound_lines_pass(params string[] lines) => Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.With(File, lines)).Verdict);

    [Theory]
    [InlineData("options vfio-pci id=10de:1b80", "spelt ids")]
    [InlineData("options vfio-pci ids=GPU", "vendor:device")]
    [InlineData("options vfio-pci ids=10de:1b80, 10de:10f0", "one word")]
    [InlineData("options vfio_pc ids=10de:1b80", "vfio-pci")]
    [InlineData("options vfio_iommu_type1 allow_unsafe_interrupt=1", "allow_unsafe_interrupts")]
    [InlineData("option vfio-pci ids=10de:1b80", "\"options\" is")]
    [InlineData("blacklist vfio-pci", "does not load by itself")]
    [InlineData("softdep vfio-pci pre: nvidia", "softdep nvidia pre: vfio-pci")]
    [InlineData("softdep nvidia pre vfio-pci", "pre: or post:")]
    public void Lines_that_do_nothing_or_the_opposite_warn(string line, string words)
    {
        Finding finding = _check.Single(Models.Blank.With(File, "# comment", line));
        Assert.Equal(Verdict.Warn, finding.Verdict);
        Assert.Contains(words, finding.Message, StringComparison.Ordinal);
        Assert.Contains(File + " line 2", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_modprobe_passes_over_warns() => Assert.Equal(Verdict.Warn, _check.Single(Models.Blank.With(File) with
    {
        Kernel = Models.Blank.With(File).Kernel with { IgnoredModuleFiles = ["/etc/modprobe.d/vfio.txt"] },
    }).Verdict);

    [Fact]
    public void Backups_are_passed_over_on_purpose() => Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.With(File) with
    {
        Kernel = Models.Blank.With(File).Kernel with { IgnoredModuleFiles = ["/etc/modprobe.d/vfio.conf.bak", "/etc/modprobe.d/README"] },
    }).Verdict);

    [Fact]
    public void Two_lists_of_ids_warn() => Assert.Equal(Verdict.Warn,
        _check.Single(Models.Blank.With(File, "options vfio-pci ids=10de:1b80", "options vfio-pci ids=10de:10f0")).Verdict);

    [Fact]
    public void An_unread_file_is_unknown_and_hides_no_problem()
    {
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.With(File).Unread("/etc/modprobe.d/other.conf")).Verdict);
        Assert.Equal(Verdict.Warn, _check.Single(Models.Blank.With(File, "blacklist vfio-pci").Unread("/etc/modprobe.d/other.conf")).Verdict);
    }

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
