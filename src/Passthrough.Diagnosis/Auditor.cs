using Passthrough.Diagnosis.Ladder;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis;

/// <summary>Judges one machine: model in, findings, cause and readiness out. Pure.</summary>
public static class Auditor
{
    /// <summary>
    /// Runs every check of the catalogue. <see cref="AuditOptions.Only"/> limits what is listed; readiness and cause
    /// always speak of the whole machine, because half a judgement would call a broken machine ready.
    /// </summary>
    public static AuditResult Judge(HostModel model, AuditOptions options) => Judge(model, options, Catalog.All);

    /// <summary>
    /// Readiness as the contract defines it: No with an unwaived Fail of severity critical or high, Unknown with none of
    /// these but an unwaived critical Unknown, else Yes. To be asked again once waivers are applied.
    /// </summary>
    public static Readiness ReadyOf(IReadOnlyList<Finding> findings)
    {
        if (findings.Any(finding => finding.Verdict == Verdict.Fail && finding.Waived is null
            && finding.Severity is Severity.Critical or Severity.High))
        {
            return Readiness.No;
        }

        return findings.Any(finding => finding.Verdict == Verdict.Unknown && finding.Waived is null && finding.Severity == Severity.Critical)
            ? Readiness.Unknown
            : Readiness.Yes;
    }

    /// <summary>The same with a given list of checks, so that a check that throws can be tested.</summary>
    internal static AuditResult Judge(HostModel model, AuditOptions options, IReadOnlyList<Check> checks)
    {
        Subjects subjects = new(model, Candidates.Of(model, options), options.Profile, options.Today) { UnseenCandidates = Candidates.Unseen(model, options) };
        List<Finding> findings = [];
        foreach (Check check in checks)
        {
            findings.AddRange(Examine(check, subjects).Select(finding =>
                finding.Verdict == Verdict.Unknown && check.BlocksWhileUnknown ? finding with { Severity = Severity.Critical } : finding));
        }

        // A device that was asked for is judged by what concerns it; what else is wrong is not its answer.
        findings = [.. Narrowing.To(model, options.Devices, findings)];
        IommuSummary iommu = IommuJudgement.Of(model);
        Cause? cause = CauseLadder.Climb(new LadderView(subjects, iommu, findings));
        Readiness ready = ReadyOf(findings);
        IReadOnlyList<Finding> listed = options.Only.Count == 0
            ? findings
            : [.. findings.Where(finding => options.Only.Any(id => Catalog.IsSameId(id, finding.Id)))];

        return new AuditResult
        {
            Model = model,
            Today = options.Today,
            Findings = listed,
            AllFindings = findings,
            Ready = ready,
            Iommu = iommu,
            Cause = cause,
        };
    }

    // One throwing check becomes one Unknown: the other findings still stand, and the exit code still tells.
    private static IReadOnlyList<Finding> Examine(Check check, Subjects subjects)
    {
        try
        {
            return [.. check.Examine(subjects)];
        }
#pragma warning disable CA1031 // Whatever a check throws is a defect of that check alone.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return
            [
                new Finding
                {
                    Id = check.Id,
                    Title = check.Title,
                    Section = check.Section,
                    Severity = check.Severity,
                    Verdict = Verdict.Unknown,
                    Subject = "host",
                    Message = $"The check itself failed: {error.GetType().Name}; please report it with a support bundle of this machine.",
                    References = check.References,
                },
            ];
        }
    }
}
