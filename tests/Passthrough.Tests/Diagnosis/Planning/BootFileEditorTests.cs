using CsCheck;
using Passthrough.Diagnosis.Planning;
using Passthrough.Host.Boot;
using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Planning;

public class BootFileEditorTests
{
    private static readonly CommandLineChange _change = new(["intel_iommu=on", "iommu=pt"], ["intel_iommu=off"]);

    [Theory]
    [InlineData("", "GRUB_CMDLINE_LINUX_DEFAULT=\"intel_iommu=on iommu=pt\"\n")]
    [InlineData("# a comment\nGRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nGRUB_CMDLINE_LINUX=\"\"\n",
        "# a comment\nGRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on iommu=pt\"\nGRUB_CMDLINE_LINUX=\"\"\n")]
    [InlineData("GRUB_CMDLINE_LINUX=\"a  intel_iommu=off b\" # why\nGRUB_CMDLINE_LINUX_DEFAULT=\"\"", "GRUB_CMDLINE_LINUX=\"a b\" # why\nGRUB_CMDLINE_LINUX_DEFAULT=\"intel_iommu=on iommu=pt\"")]
    [InlineData("GRUB_CMDLINE_LINUX_DEFAULT=quiet\n", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on iommu=pt\"\n")]
    [InlineData("GRUB_CMDLINE_LINUX_DEFAULT='intel_iommu=off quiet'\r\n", "GRUB_CMDLINE_LINUX_DEFAULT='quiet intel_iommu=on iommu=pt'\r\n")]
    [InlineData("GRUB_CMDLINE_LINUX_DEFAULT=\"dyndbg=\\\"file a.c +p\\\" iommu=pt\"\n", "GRUB_CMDLINE_LINUX_DEFAULT=\"dyndbg=\\\"file a.c +p\\\" iommu=pt intel_iommu=on\"\n")]
    [InlineData("GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT splash\"\n",
        "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT splash intel_iommu=on iommu=pt\"\n")]
    [InlineData("#GRUB_CMDLINE_LINUX_DEFAULT=\"intel_iommu=off\"\n", "#GRUB_CMDLINE_LINUX_DEFAULT=\"intel_iommu=off\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"intel_iommu=on iommu=pt\"\n")]
    public void GRUBs_defaults_change_in_the_value_alone(string before, string after) => Assert.Equal(after, BootFileEditor.GrubDefaults(before, _change).Text);

    [Theory]
    [InlineData("GRUB_CMDLINE_LINUX_DEFAULT=\"quiet \\\nsplash\"\n", "second line")]
    [InlineData("GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\n", "one pair of quotes")]
    [InlineData("GRUB_CMDLINE_LINUX_DEFAULT=\"a\"'b'\n", "one pair of quotes")]
    [InlineData("GRUB_CMDLINE_LINUX_DEFAULT=$(cat /proc/cmdline)\n", "one pair of quotes")]
    public void What_is_not_understood_is_refused(string text, string why)
    {
        EditedText edited = BootFileEditor.GrubDefaults(text, _change);
        Assert.Null(edited.Text);
        Assert.Contains(why, edited.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("root=UUID=1 ro quiet\n", "root=UUID=1 ro quiet intel_iommu=on iommu=pt\n")]
    [InlineData("root=UUID=1 intel_iommu=off", "root=UUID=1 intel_iommu=on iommu=pt")]
    [InlineData("root=UUID=1 -- 3\n", "root=UUID=1 intel_iommu=on iommu=pt -- 3\n")]
    [InlineData("", "intel_iommu=on iommu=pt")]
    [InlineData("intel_iommu=on iommu=pt\n", "intel_iommu=on iommu=pt\n")]
    public void The_kernels_own_file_is_one_line(string before, string after) => Assert.Equal(after, BootFileEditor.KernelCommandLine(before, _change).Text);

    [Theory]
    [InlineData("title Debian\nlinux /vmlinuz\noptions root=UUID=1 intel_iommu=off ro\ninitrd /initrd\n", "title Debian\nlinux /vmlinuz\noptions root=UUID=1 ro intel_iommu=on iommu=pt\ninitrd /initrd\n")]
    [InlineData("options iommu=pt\noptions quiet\n", "options iommu=pt\noptions quiet intel_iommu=on\n")]
    public void An_entry_changes_in_its_options_alone(string before, string after) => Assert.Equal(after, BootFileEditor.LoaderEntry(before, _change).Text);

    [Fact]
    public void A_token_that_needs_quotes_is_never_written()
    {
        CommandLineChange bad = new(["a=\"b\""], []);
        Assert.NotNull(BootFileEditor.GrubDefaults("", bad).Why);
        Assert.NotNull(BootFileEditor.KernelCommandLine("", bad).Why);
        Assert.NotNull(BootFileEditor.LoaderEntry("options a\n", bad).Why);
    }

    [Fact]
    public void Any_text_is_taken_and_the_parser_sees_the_change_and_a_second_edit_changes_nothing() => Line().Array[0, 8].Sample(lines =>
    {
        string text = string.Join('\n', lines);
        EditedText edited = BootFileEditor.GrubDefaults(text, _change);
        if (edited.Text is not { } after)
        {
            Assert.NotNull(edited.Why);
            return;
        }

        StagedLine staged = GrubDefaultsParser.Parse([new ConfigurationFile("/etc/default/grub", Reading.Of<IReadOnlyList<string>>(after.Split('\n'), "/etc/default/grub"))])!;
        string[] tokens = [.. staged.Tokens.Select(token => token.Token.Text)];
        Assert.Contains("intel_iommu=on", tokens);
        Assert.Contains("iommu=pt", tokens);
        Assert.DoesNotContain("intel_iommu=off", tokens);
        Assert.Equal(after, BootFileEditor.GrubDefaults(after, _change).Text);
        Assert.Equal(Others(text), Others(after).Take(Others(text).Length));
    });

    // Every line but the two variables.
    private static string[] Others(string text) => [.. text.TrimEnd('\n').Split('\n').Where(line => !line.Contains("GRUB_CMDLINE", StringComparison.Ordinal) && line.Length > 0)];

    private static Gen<string> Line()
    {
        string[] lines =
        [
            "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash\"", "GRUB_CMDLINE_LINUX_DEFAULT='intel_iommu=off'", "GRUB_CMDLINE_LINUX=\"intel_iommu=off console=ttyS0\"", "GRUB_CMDLINE_LINUX=ro",
            "GRUB_TIMEOUT=5", "# GRUB is fine", "", "  export GRUB_CMDLINE_LINUX_DEFAULT=\"\"", "GRUB_CMDLINE_LINUX_DEFAULT+=\" iommu=pt\"", "GRUB_CMDLINE_LINUX_DEFAULT=\"a", "GRUB_DISABLE_OS_PROBER=true # yes",
        ];
        return Gen.Int[0, lines.Length - 1].Select(index => lines[index]);
    }
}
