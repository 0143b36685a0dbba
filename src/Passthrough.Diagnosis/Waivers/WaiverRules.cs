using System.Globalization;

namespace Passthrough.Diagnosis.Waivers;

/// <summary>Applies waivers to a judgement. A waived finding keeps its verdict; readiness and exit code pass over it.</summary>
public static class WaiverRules
{
    private static readonly Wav001Waivers _check = new();

    /// <summary>
    /// The judgement with the waivers applied on its day: findings that fail, warn or are unknown carry the reason of the waiver that
    /// fits. An expired waiver does not apply and becomes a warning of its own; what matched nothing is told in a note.
    /// </summary>
    public static AuditResult Apply(AuditResult audit, IReadOnlyList<Waiver> waivers)
    {
        if (waivers.Count == 0)
        {
            return audit;
        }

        IReadOnlyList<Finding> all = audit.AllFindings;
        Finding[] own =
        [
            .. waivers.Where(waiver => waiver.IsExpired(audit.Today)).Select(Expired),
            .. waivers.Where(waiver => !waiver.IsExpired(audit.Today) && !all.Any(finding => CanBeWaived(finding) && waiver.Fits(finding))).Select(Unused),
        ];
        Finding[] judged = [.. all.Select(finding => Waive(finding, waivers, audit.Today)), .. own];
        return audit with
        {
            Findings = [.. audit.Findings.Select(finding => Waive(finding, waivers, audit.Today)), .. own],
            AllFindings = judged,
            Ready = Auditor.ReadyOf(judged),
        };
    }

    private static bool CanBeWaived(Finding finding) => finding.Verdict is Verdict.Fail or Verdict.Warn or Verdict.Unknown;

    private static Finding Waive(Finding finding, IReadOnlyList<Waiver> waivers, DateOnly today) => CanBeWaived(finding)
        && waivers.FirstOrDefault(waiver => !waiver.IsExpired(today) && waiver.Fits(finding)) is { } waiver
            ? finding with { Waived = waiver.Reason }
            : finding;

    private static Finding Expired(Waiver waiver) => _check.Of(waiver, Verdict.Warn, string.Create(CultureInfo.InvariantCulture,
        $"The waiver of {waiver} expired after {waiver.Expires:yyyy-MM-dd} and no longer applies. Its reason was: {waiver.Reason}"));

    private static Finding Unused(Waiver waiver) => _check.Of(waiver, Verdict.Note,
        $"The waiver of {waiver} matched nothing that fails, warns or is unknown here.");
}
