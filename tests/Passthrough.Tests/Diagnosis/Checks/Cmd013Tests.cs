using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.CommandLine;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Cmd013Tests
{
    private static readonly Cmd013Isolation _check = new();

    [Theory]
    [InlineData("isolcpus=managed_irq,domain,2-7 nohz_full=2-7 rcu_nocbs=2-7 irqaffinity=0-1", Verdict.Pass)]
    [InlineData("isolcpus=nohz,managed_irq,domain,2-7", Verdict.Pass)]
    [InlineData("isolcpus=2-7 nohz_full=2-7", Verdict.Note)]
    [InlineData("isolcpus=managed_irq,domain,2-7", Verdict.Note)]
    [InlineData("nohz_full=2-7", Verdict.Note)]
    [InlineData("isolcpus=managed_irq,domain,2-7 nohz_full=2-5", Verdict.Warn)]
    [InlineData("isolcpus=managed_irq,domain,2-7 nohz_full=2-7 irqaffinity=0-2", Verdict.Warn)]
    [InlineData("isolcpus=7-2", Verdict.Warn)]
    [InlineData("isolcpus=0-31:1/2", Verdict.Unknown)]
    [InlineData("quiet", Verdict.NotApplicable)]
    public void The_sets_must_fit(string line, Verdict expected) => Assert.Equal(expected, _check.Single(Models.Blank.CommandLine(line)).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
