using CsCheck;
using Passthrough.Host.Kernel;
using Xunit;

namespace Passthrough.Tests.Host.Kernel;

public class CommandLineParserTests
{
    [Theory]
    [InlineData("")]
    [InlineData("  \n")]
    [InlineData("--")]
    [InlineData(" -- init=1")]
    public void A_line_without_a_kernel_parameter_has_no_token(string text) =>
        Assert.Empty(CommandLineParser.Parse(text).Tokens);

    [Fact]
    public void Any_text_is_taken_and_no_token_is_lost() => Gen.String.Sample(text =>
        CommandLineParser.Parse(text).Tokens.All(token => text.Contains(token.Text, StringComparison.Ordinal)));

    [Fact]
    public void Names_and_values_part_at_the_first_equals_sign()
    {
        KernelCommandLine line = CommandLineParser.Parse("root=UUID=12 ro intel_iommu=on,sm_on iommu.passthrough=1 empty=\n");
        Assert.Equal(["root", "ro", "intel_iommu", "iommu.passthrough", "empty"], line.Tokens.Select(token => token.Name));
        Assert.Equal(["UUID=12", null, "on,sm_on", "1", ""], line.Tokens.Select(token => token.Value));
        Assert.Equal(["on", "sm_on"], line.Options("intel_iommu"));
        Assert.Equal(["on", "sm_on"], line.Options("intel-iommu"));
    }

    [Theory]
    [InlineData("dyndbg=\"file a.c +p\" x", "dyndbg", "file a.c +p")]
    [InlineData("\"name=a b\" x", "name", "a b")]
    [InlineData("name=a\"b c\"d x", "name", "a\"b c\"d")]
    [InlineData("\"flag with blanks\" x", "flag with blanks", null)]
    [InlineData("=value x", "=value", null)]
    [InlineData("open=\"never closed x", "open", "never closed x")]
    public void Quotes_protect_blanks_as_in_the_kernel(string text, string name, string? value)
    {
        CommandLineToken token = CommandLineParser.Parse(text).Tokens[0];
        Assert.Equal(name, token.Name);
        Assert.Equal(value, token.Value);
    }

    [Fact]
    public void What_follows_two_dashes_belongs_to_init()
    {
        KernelCommandLine line = CommandLineParser.Parse("quiet -- intel_iommu=off");
        Assert.Equal("quiet", Assert.Single(line.Tokens).Name);
        Assert.Equal("quiet -- intel_iommu=off", line.Text);
    }

    [Fact]
    public void Two_dashes_inside_a_token_end_nothing() =>
        Assert.Equal(3, CommandLineParser.Parse("a --b c--").Tokens.Count);
}
