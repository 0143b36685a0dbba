using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.CommandLine;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Cmd012Tests
{
    private static readonly Cmd012PciOptions _check = new();

    [Theory]
    [InlineData("pci=nomsi", Verdict.Warn)]
    [InlineData("pci=noaer,nommconf", Verdict.Warn)]
    [InlineData("pci=disable_acs_redir=0000:00:1c.0", Verdict.Warn)]
    [InlineData("pci=realloc=on", Verdict.Note)]
    [InlineData("pci=noaer", Verdict.Note)]
    [InlineData("pci=config_acs=10x0111@0000:00:1c.0", Verdict.Note)]
    [InlineData("pci=nonsense", Verdict.Note)]
    [InlineData("quiet", Verdict.NotApplicable)]
    public void Options_that_take_features_away_warn(string token, Verdict expected) => Assert.Equal(expected, _check.Single(Models.Blank.CommandLine(token)).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
