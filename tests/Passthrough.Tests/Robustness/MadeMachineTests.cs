using Passthrough.Diagnosis;
using Xunit;
using Xunit.Abstractions;

namespace Passthrough.Tests.Robustness;

/// <summary>The same loss of answers on machines made of text, where much is wrong that no guest of the lab shows.</summary>
public sealed class MadeMachineTests(ITestOutputHelper output)
{
    public static TheoryData<string> Made => [.. MadeMachine.Names];

    [Theory]
    [MemberData(nameof(Made))]
    public void Losing_one_answer_leaves_each_verdict_or_makes_it_unknown(string machine) =>
        output.WriteLine(OneAnswer.Lose(MadeMachine.Make(machine), null, MadeMachine.Names.ToList().IndexOf(machine)));

    [Fact]
    public void The_healthy_one_is_healthy()
    {
        AuditResult audit = Machines.Judge(MadeMachine.Make("healthy"));
        Assert.Equal([], audit.Findings.Where(finding => finding.Verdict is Verdict.Fail or Verdict.Warn or Verdict.Unknown).Select(finding => $"{finding.Id} {finding.Subject} {finding.Verdict} {finding.Message}"));
        Assert.Equal(Readiness.Yes, audit.Ready);
    }
}
