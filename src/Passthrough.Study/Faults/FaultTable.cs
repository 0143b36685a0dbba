using System.Globalization;
using System.Text;

namespace Passthrough.Study.Faults;

/// <summary>The table of planted faults: what each program said, how often it was right, and how long it took.</summary>
/// <param name="Cases">All cases, healthy machines included.</param>
public sealed record FaultTable(IReadOnlyList<FaultCase> Cases)
{
    /// <summary>Planted faults.</summary>
    public IEnumerable<FaultCase> Faults => Cases.Where(item => !item.Machine.IsHealthy);

    /// <summary>Machines without a fault.</summary>
    public IEnumerable<FaultCase> Healthy => Cases.Where(item => item.Machine.IsHealthy);

    /// <summary>
    /// The peer names a fault when it complains of something that it does not complain of on the healthy machines of the same IOMMU: what it
    /// always says says nothing.
    /// </summary>
    public bool PeerNames(FaultCase item)
    {
        var always = Healthy.Where(other => other.Machine.Iommu == item.Machine.Iommu || item.Machine.Iommu == Guests.LabIommu.None)
            .SelectMany(other => other.PeerComplaints).ToHashSet(StringComparer.Ordinal);
        return item.PeerComplaints.Any(line => !always.Contains(line));
    }

    /// <summary>The page in Markdown.</summary>
    public string ToMarkdown(string command)
    {
        FaultCase[] faults = [.. Faults], healthy = [.. Healthy];
        int alarms = healthy.Sum(item => item.Findings.Count(finding => finding.Verdict is "fail" or "warn"));
        var text = new StringBuilder("# Planted faults\n\n");
        text.Append(CultureInfo.InvariantCulture, $"""
            Each row is a QEMU guest with one planted fault (or none), emulated processors, and what two programs said in it at the same moment.
            Made by `{command}`.

            | | ptdiag check | virt-host-validate qemu |
            |---|---|---|
            | faults named | {faults.Count(item => item.IsRight)} of {faults.Length} | {faults.Count(PeerNames)} of {faults.Length} |
            | failures and warnings on {healthy.Length} healthy machines | {alarms} | {healthy.Sum(item => item.PeerComplaints.Count)} |
            | time in the guest, median (quartiles) | {Times(item => item.CheckNs)} | {Times(item => item.PeerNs)} |

            virt-host-validate "names" a fault here when it says anything but PASS that it does not also say on a healthy machine of the same
            IOMMU; whether the line names the cause is for the reader of the last column.

            | machine | what was planted | ptdiag: finding | ptdiag: cause | virt-host-validate: IOMMU lines |
            |---|---|---|---|---|

            """);
        foreach (FaultCase item in Cases)
        {
            string finding = item.Trouble is { } trouble ? "not run: " + trouble
                : item.Machine.IsHealthy ? item.Findings.Any(one => one.Verdict is "fail" or "warn")
                    ? string.Join(", ", item.Findings.Where(one => one.Verdict is "fail" or "warn").Select(one => $"{one.Id} {one.Verdict}"))
                    : "nothing fails or warns"
                : item.Named is { } named ? $"{named.Id} {named.Verdict}: {named.Message}" : "not named";
            string cause = item.Cause is { } rung ? $"{rung.Rung}: {rung.Sentence}" : "none";
            text.Append(CultureInfo.InvariantCulture,
                $"| {item.Machine.Name} | {Cell(item.Machine.Summary)} | {Cell(finding)} | {Cell(cause)} | {Cell(item.Peer)} |\n");
        }

        return text.ToString();
    }

    private string Times(Func<FaultCase, long> of)
    {
        double[] sorted = [.. Cases.Where(item => item.Trouble is null).Select(item => of(item) / 1e6).Order()];
        return sorted.Length == 0 ? "not measured" : string.Create(CultureInfo.InvariantCulture,
            $"{Quantile(sorted, 0.5):0} ms ({Quantile(sorted, 0.25):0}..{Quantile(sorted, 0.75):0})");
    }

    private static double Quantile(double[] sorted, double share) => sorted[(int)Math.Round(share * (sorted.Length - 1))];

    private static string Cell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
}
