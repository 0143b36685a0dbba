using System.Globalization;
using Passthrough.Diagnosis;
using Passthrough.Host.Evidence;
using Xunit;
using Xunit.Abstractions;

namespace Passthrough.Tests.Robustness;

/// <summary>
/// Unknown is never healthy and never absent: when any one answer of a machine is lost, each finding keeps its verdict or becomes
/// Unknown, nothing else appears, and the machine does not become ready.
/// Each kind of path is lost once a machine; <c>tests/full-product.sh</c> loses every path.
/// </summary>
public sealed class OneAnswerTests(ITestOutputHelper output)
{
    // Machines that differ in what is asked of them; the full product takes all.
    private static readonly string[] _different =
        ["amd-healthy", "domain-missing-device", "dma-fault", "intel-healthy", "no-iommu", "numa", "reserved-memory", "shared-group", "vf-shared"];

    public static TheoryData<string> Hosts => [.. Machines.Names.Where(name => OneAnswer.Everything || _different.Contains(name))];

    [Theory]
    [MemberData(nameof(Hosts))]
    public void Losing_one_answer_leaves_each_verdict_or_makes_it_unknown(string machine)
    {
        output.WriteLine(OneAnswer.Lose(Machines.Open(machine), null, Machines.Names.ToList().IndexOf(machine)));
    }

    [Theory]
    [InlineData("intel-healthy")]
    [InlineData("shared-group")]
    public void So_it_is_with_named_candidates(string machine)
    {
        IEvidence evidence = Machines.Open(machine);
        output.WriteLine(OneAnswer.Lose(evidence, [.. Machines.Judge(evidence).Model.Pci.All.Where(device => !device.IsBridge).Select(device => device.Address).Take(4)], 1));
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void An_odd_answer_is_survived_and_judged_the_same_twice(string machine)
    {
        IEvidence evidence = Machines.Open(machine);
        int count = 0, turn = Machines.Names.ToList().IndexOf(machine);
        Parallel.ForEach(OneAnswer.Chosen(evidence, false), (entry, _, index) =>
        {
            foreach ((string name, Answer answer) in Damage.Oddities(entry.Key, entry.Value).Where((_, kind) => OneAnswer.Everything || (index + kind + turn) % 11 == 0))
            {
                var altered = new AlteredEvidence(evidence, entry.Key, answer);
                AuditResult audit = Machines.Judge(altered);
                Assert.True(audit.Findings.All(finding => !finding.Message.StartsWith("The check itself failed", StringComparison.Ordinal)),
                    $"{entry.Key.Verb} {entry.Key.Path} {name}: " + audit.Findings.FirstOrDefault(finding => finding.Message.StartsWith("The check itself failed", StringComparison.Ordinal))?.Id);
                Interlocked.Increment(ref count);
                if (OneAnswer.Everything || index % 4 == 0)
                {
                    Assert.Equal(Machines.Text(audit), Machines.Text(Machines.Judge(altered)));
                }
            }
        });
        output.WriteLine(count.ToString(CultureInfo.InvariantCulture) + " odd answers");
    }
}
