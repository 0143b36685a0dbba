using System.Globalization;
using System.Text;
using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;

namespace Passthrough.Host.Model;

/// <summary>
/// What was looked for and not seen. Refused, failed and withheld answers are always gaps. What is not recorded, and plain
/// absence, are gaps only for the paths that checks rest on: everything else is absent on most machines.
/// </summary>
public static class GapFinder
{
    /// <summary>The paths whose absence, or absence from the source, hides something, and what it hides.</summary>
    private static readonly Dictionary<Question, string> Keys = new()
    {
        [Question.List("/sys/bus/pci/devices")] = "no PCI function can be seen",
        [Question.List("/sys/class/iommu")] = "whether an IOMMU is registered cannot be seen",
        [Question.List("/sys/kernel/iommu_groups")] = "IOMMU groups cannot be seen",
        [Question.List("/sys/firmware/acpi/tables")] = "firmware tables cannot be seen",
        [Question.List("/sys/devices/system/node")] = "NUMA nodes cannot be seen",
        [Question.List("/proc")] = "processes cannot be seen",
        [Question.Read("/proc/cmdline")] = "the kernel's command line cannot be seen",
        [Question.Read("/proc/cpuinfo")] = "processors cannot be seen",
        [Question.Read("/proc/meminfo")] = "memory cannot be seen",
        [Question.Read("/proc/modules")] = "loaded modules cannot be seen",
        [Question.Read("/proc/interrupts")] = "interrupts cannot be seen",
        [Question.Read("/proc/self/mountinfo")] = "what the host has mounted cannot be seen",
        [Question.Read("/proc/self/status")] = "the privilege of this run cannot be seen",
        [Question.Read("/proc/net/route")] = "the default route cannot be seen",
        [Question.Read("/dev/kmsg")] = "the running kernel's log cannot be seen",
        [Question.Query(Queries.Kvm)] = "KVM cannot be asked",
        [Question.Query(Queries.MemoryLock)] = "the locked-memory limit cannot be asked",
    };

    /// <summary>
    /// Key paths whose plain absence says something of its own, which the checks judge: no group folder or no IOMMU class is a
    /// finding on a running machine, and a machine without /dev/kvm or modules is complete.
    /// </summary>
    private static readonly HashSet<Question> AbsenceIsAnAnswer =
    [
        Question.List("/sys/class/iommu"), Question.List("/sys/kernel/iommu_groups"), Question.Query(Queries.Kvm),
        Question.Read("/proc/modules"),
    ];

    /// <summary>The gaps, ordered by path; similar ones are one gap with a count.</summary>
    public static IReadOnlyList<Gap> Find(Recorder recorder)
    {
        var gaps = new List<Gap>();
        var similar = new Dictionary<(string Pattern, Outcome Outcome, string Why), List<string>>();
        var missing = new List<(Question Question, Answer Answer, string Why)>();
        foreach ((Question question, Answer recorded) in recorder.Unordered)
        {
            Answer answer = TextGate.Sieve(question, recorded);
            if (WhyMissing(question, answer, recorder.Kind) is { } why)
            {
                missing.Add((question, answer, why));
            }
        }

        missing.Sort(static (left, right) => string.CompareOrdinal(left.Question.Path, right.Question.Path) is not 0 and var order
            ? order : left.Question.Verb.CompareTo(right.Question.Verb));
        foreach ((Question question, Answer answer, string why) in missing)
        {
            (string, Outcome, string) key = (Pattern(question.Path), answer.Outcome, why);
            if (!similar.TryGetValue(key, out List<string>? paths))
            {
                similar[key] = paths = [];
            }

            paths.Add(question.Path);
        }

        foreach (((string pattern, Outcome outcome, string why), List<string> paths) in similar)
        {
            int count = paths.Distinct(StringComparer.Ordinal).Count();
            gaps.Add(count == 1
                ? new Gap(paths[0], outcome, why)
                : new Gap(pattern, outcome, string.Create(CultureInfo.InvariantCulture, $"{why} ({count} paths)")));
        }

        gaps.Sort(static (left, right) => string.CompareOrdinal(left.Path, right.Path) is not 0 and var path ? path
            : left.Outcome.CompareTo(right.Outcome) is not 0 and var outcome ? outcome : string.CompareOrdinal(left.Why, right.Why));
        return gaps;
    }

    private static string? WhyMissing(Question question, Answer answer, SourceKind kind)
    {
        bool isKey = Keys.TryGetValue(question, out string? hidden);
        return answer.Outcome switch
        {
            Outcome.Denied => Join("permission was refused", answer.Why, hidden),
            Outcome.Failed => Join("the read failed", answer.Why, hidden),
            Outcome.Withheld => Join(answer.Why ?? "asking would have disturbed the machine", null, hidden),
            Outcome.NotRecorded when isKey => Join(kind switch
            {
                SourceKind.Bundle => "the bundle does not hold it",
                SourceKind.Directory => "the tree does not hold it",
                _ => "it was not asked",
            }, answer.Why, hidden),
            Outcome.Absent when isKey && !AbsenceIsAnAnswer.Contains(question) => Join("it does not exist", answer.Why, hidden),
            _ => null,
        };
    }

    private static string Join(string what, string? detail, string? hidden) =>
        what + (detail is { Length: > 0 } ? $" ({detail})" : "") + (hidden is null ? "" : ": " + hidden);

    /// <summary>The path with PCI addresses and numbers as '*': what differs only in these is one gap.</summary>
    internal static string Pattern(string path)
    {
        var result = new StringBuilder(path.Length);
        string[] parts = path.Split('/');
        for (int i = 0; i < parts.Length; i++)
        {
            if (i > 0)
            {
                result.Append('/');
            }

            if (PciAddress.TryParse(parts[i], out _))
            {
                result.Append('*');
                continue;
            }

            bool isInNumber = false;
            foreach (char character in parts[i])
            {
                bool isDigit = char.IsAsciiDigit(character);
                if (isDigit && !isInNumber)
                {
                    result.Append('*');
                }
                else if (!isDigit)
                {
                    result.Append(character);
                }

                isInNumber = isDigit;
            }
        }

        return result.ToString();
    }
}
