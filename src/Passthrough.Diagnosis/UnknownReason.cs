namespace Passthrough.Diagnosis;

/// <summary>What would make Unknown findings known: one sentence that many of them share.</summary>
/// <param name="Sentence">What to do.</param>
/// <param name="Findings">The findings that it would answer.</param>
public sealed record UnknownReason(string Sentence, IReadOnlyList<Finding> Findings)
{
    private const string Root = "root";

    /// <summary>
    /// The unknown findings by what would make them known, the largest group first. What shares nothing stands alone, with its own message.
    /// </summary>
    public static IReadOnlyList<UnknownReason> Fold(IEnumerable<Finding> findings, bool isLive)
    {
        var groups = new Dictionary<string, List<Finding>>(StringComparer.Ordinal);
        foreach (Finding finding in findings.Where(finding => finding.Verdict == Verdict.Unknown))
        {
            string key = Key(finding, isLive);
            if (!groups.TryGetValue(key, out List<Finding>? list))
            {
                groups[key] = list = [];
            }

            list.Add(finding);
        }

        return [.. groups.Select(group => new UnknownReason(group.Key, group.Value)).OrderByDescending(reason => reason.Findings.Count)];
    }

    // Each Unknown says in its message what to do; nearly all of them say one of a few things.
    private static string Key(Finding finding, bool isLive)
    {
        string message = finding.Message;
        bool root = message.Contains(Root, StringComparison.Ordinal);
        return message.Contains("--device", StringComparison.Ordinal) ? "name the functions to assign with --device"
            : root && isLive ? "run ptdiag as root on the host itself, outside any container"
            : root || message.Contains("bundle create", StringComparison.Ordinal) ? "run ptdiag as root on the machine itself, or record a new bundle there"
            : message;
    }
}
