using System.Collections.Concurrent;
using System.Globalization;
using Passthrough.Diagnosis;
using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;
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
    private static readonly bool _everything = Environment.GetEnvironmentVariable("PTDIAG_FULL_PRODUCT") == "1";

    public static TheoryData<string> Hosts => [.. Machines.Names];

    [Theory]
    [MemberData(nameof(Hosts))]
    public void Losing_one_answer_leaves_each_verdict_or_makes_it_unknown(string machine)
    {
        Lose(Machines.Open(machine), null, Machines.Names.ToList().IndexOf(machine));
    }

    [Theory]
    [InlineData("intel-healthy")]
    [InlineData("shared-group")]
    public void So_it_is_with_named_candidates(string machine)
    {
        IEvidence evidence = Machines.Open(machine);
        Lose(evidence, [.. Machines.Judge(evidence).Model.Pci.All.Where(device => !device.IsBridge).Select(device => device.Address).Take(4)], 1);
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void An_odd_answer_is_survived_and_judged_the_same_twice(string machine)
    {
        IEvidence evidence = Machines.Open(machine);
        int count = 0, turn = Machines.Names.ToList().IndexOf(machine);
        Parallel.ForEach(Chosen(evidence), (entry, _, index) =>
        {
            foreach ((string name, Answer answer) in Damage.Oddities(entry.Key, entry.Value).Where((_, kind) => _everything || (index + kind + turn) % 11 == 0))
            {
                var altered = new AlteredEvidence(evidence, entry.Key, answer);
                AuditResult audit = Machines.Judge(altered);
                Assert.True(audit.Findings.All(finding => !finding.Message.StartsWith("The check itself failed", StringComparison.Ordinal)),
                    $"{entry.Key.Verb} {entry.Key.Path} {name}: " + audit.Findings.FirstOrDefault(finding => finding.Message.StartsWith("The check itself failed", StringComparison.Ordinal))?.Id);
                Interlocked.Increment(ref count);
                if (_everything || index % 4 == 0)
                {
                    Assert.Equal(Machines.Text(audit), Machines.Text(Machines.Judge(altered)));
                }
            }
        });
        output.WriteLine(count.ToString(CultureInfo.InvariantCulture) + " odd answers");
    }

    private void Lose(IEvidence evidence, IReadOnlyList<PciAddress>? devices, int turn)
    {
        AuditResult before = Machines.Judge(evidence, devices);
        Dictionary<(string, string), Verdict> verdicts = before.Findings.ToDictionary(finding => (finding.Id, finding.Subject), finding => finding.Verdict);
        var wrong = new ConcurrentBag<string>();
        int count = 0;
        Parallel.ForEach(Chosen(evidence), (entry, _, index) =>
        {
            // Each kind of loss takes its turn: over the machines every kind of path meets every one.
            foreach ((string name, Answer answer) in Damage.Losses(entry.Key).Where((_, kind) => _everything || (index + kind + turn) % 3 == 0))
            {
                AuditResult after = Machines.Judge(new AlteredEvidence(evidence, entry.Key, answer), devices);
                string what = $"{entry.Key.Verb} {entry.Key.Path} {name}";
                foreach (string problem in Problems(before, verdicts, after))
                {
                    wrong.Add($"{problem} after {what}");
                }

                Interlocked.Increment(ref count);
            }
        });
        output.WriteLine(count.ToString(CultureInfo.InvariantCulture) + " losses");
        Assert.True(wrong.IsEmpty, string.Create(CultureInfo.InvariantCulture, $"{wrong.Count} of {count}:\n") + string.Join('\n', wrong.Order(StringComparer.Ordinal).Take(400)));
    }

    private static IEnumerable<string> Problems(AuditResult before, Dictionary<(string, string), Verdict> verdicts, AuditResult after)
    {
        foreach (Finding finding in after.Findings.Where(finding => finding.Verdict != Verdict.Unknown))
        {
            if (!verdicts.TryGetValue((finding.Id, finding.Subject), out Verdict verdict))
            {
                yield return $"{finding.Id} [{finding.Subject}] new {finding.Verdict}";
            }
            else if (verdict != finding.Verdict)
            {
                yield return $"{finding.Id} [{finding.Subject}] {verdict} -> {finding.Verdict}";
            }
        }

        // A finding may vanish with its subject; then the same check must say that it could not see everything,
        // or IOM-003 that a candidate may not have been recognised.
        ILookup<string, Finding> left = after.Findings.ToLookup(finding => finding.Id);
        foreach ((string id, string subject) in verdicts.Keys)
        {
            if (left[id].All(finding => finding.Subject != subject && finding.Verdict != Verdict.Unknown) && verdicts[(id, subject)] != Verdict.Unknown
                && !left["IOM-003"].Any(finding => finding is { Subject: "host", Verdict: Verdict.Unknown }))
            {
                yield return $"{id} [{subject}] vanished";
            }
        }

        if (after.Ready == Readiness.Yes && before.Ready != Readiness.Yes)
        {
            yield return $"ready {before.Ready} -> Yes";
        }
    }

    /// <summary>Every answer, or one of each kind of path.</summary>
    private static IEnumerable<KeyValuePair<Question, Answer>> Chosen(IEvidence evidence)
    {
        IEnumerable<KeyValuePair<Question, Answer>> all = Machines.Transcript(evidence);
        if (_everything)
        {
            return all;
        }

        // An absent answer of this kind tells less than one that was found.
        return all.GroupBy(entry => Damage.Pattern(entry.Key)).Select(group => group.OrderBy(entry => entry.Value.IsFound ? 0 : 1).First());
    }
}
