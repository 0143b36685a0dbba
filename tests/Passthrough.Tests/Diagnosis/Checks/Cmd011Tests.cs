using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.CommandLine;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Cmd011Tests
{
    private static readonly Cmd011InterruptRemapping _check = new();

    [Theory]
    [InlineData("intremap=on", Verdict.Pass)]
    [InlineData("intremap=no_x2apic_optout", Verdict.Pass)]
    [InlineData("intremap=off", Verdict.Fail)]
    [InlineData("intremap=nosid,off", Verdict.Fail)]
    [InlineData("nointremap", Verdict.Fail)]
    [InlineData("intremap=nosid", Verdict.Warn)]
    [InlineData("intremap=on,nopost", Verdict.Warn)]
    [InlineData("intremap=yes", Verdict.Warn)]
    [InlineData("intremap", Verdict.Warn)]
    [InlineData("quiet", Verdict.Pass)]
    public void Options_are_judged_one_by_one(string token, Verdict expected) =>
        Assert.Equal(expected, _check.Single(Models.Blank.CommandLine(token)).Verdict);

    [Fact]
    public void Nointremap_is_taken_back_by_a_later_on() => Assert.Equal([Verdict.Note, Verdict.Pass],
        _check.Run(Models.Blank.CommandLine("nointremap intremap=on")).Select(finding => finding.Verdict));

    [Fact]
    public void An_on_that_comes_first_takes_nothing_back() => Assert.Equal([Verdict.Pass, Verdict.Fail],
        _check.Run(Models.Blank.CommandLine("intremap=on nointremap")).Select(finding => finding.Verdict));

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
