using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.CommandLine;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Cmd014Tests
{
    private static readonly Cmd014Framebuffer _check = new();

    [Theory]
    [InlineData("video=efifb:off", "FB_EFI=n", "simpledrm")]
    [InlineData("video=efifb:off", "FB_EFI=y", "still does")]
    [InlineData("initcall_blacklist=sysfb_init", "FB_EFI=y", "inert")]
    public void What_the_token_does_depends_on_the_build(string token, string config, string words)
    {
        Finding finding = _check.Single(Models.Blank.Config(config).CommandLine(token));
        Assert.Equal(Verdict.Note, finding.Verdict);
        Assert.Contains(words, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_build_it_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.CommandLine("video=efifb:off")).Verdict);

    [Fact]
    public void No_token_does_not_apply() => Assert.Equal(Verdict.NotApplicable, _check.Single(Models.Blank.CommandLine("video=HDMI-A-1:e")).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
