using System.Collections.Concurrent;
using System.Globalization;
using Passthrough.Diagnosis;
using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Robustness;

/// <summary>Judges a machine again and again, each time without one of its answers.</summary>
internal static class OneAnswer
{
    /// <summary>The full product was asked for.</summary>
    public static bool Everything { get; } = Environment.GetEnvironmentVariable("PTDIAG_FULL_PRODUCT") == "1";

    /// <summary>Loses answers one at a time and fails with what went wrong; tells how many were lost.</summary>
    public static string Lose(IEvidence evidence, IReadOnlyList<PciAddress>? devices, int turn, bool onlyKinds = false)
    {
        AuditResult before = Machines.Judge(evidence, devices);
        Dictionary<(string, string), Verdict> verdicts = before.Findings.ToDictionary(finding => (finding.Id, finding.Subject), finding => finding.Verdict);
        var wrong = new ConcurrentBag<string>();
        int count = 0;
        Parallel.ForEach(Chosen(evidence, onlyKinds), (entry, _, index) =>
        {
            // Each kind of loss takes its turn: over the machines every kind of path meets every one.
            foreach ((string name, Answer answer) in Damage.Losses(entry.Key).Where((_, kind) => Everything || (index + kind + turn) % 3 == 0))
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
        Assert.True(wrong.IsEmpty, string.Create(CultureInfo.InvariantCulture, $"{wrong.Count} of {count}:\n") + string.Join('\n', wrong.Order(StringComparer.Ordinal).Take(400)));
        return string.Create(CultureInfo.InvariantCulture, $"{count} losses of {before.Findings.Count} findings");
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
    public static IEnumerable<KeyValuePair<Question, Answer>> Chosen(IEvidence evidence, bool onlyKinds)
    {
        IEnumerable<KeyValuePair<Question, Answer>> all = Machines.Transcript(evidence);
        if (Everything && !onlyKinds)
        {
            return all;
        }

        // An absent answer of this kind tells less than one that was found.
        return all.GroupBy(entry => Damage.Pattern(entry.Key)).Select(group => group.OrderBy(entry => entry.Value.IsFound ? 0 : 1).First());
    }
}
