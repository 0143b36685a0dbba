using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Ladder;

/// <summary>What the rungs look at: the machine, the state of its IOMMU and what the checks found.</summary>
internal sealed record LadderView(Subjects Subjects, IommuSummary Iommu, IReadOnlyList<Finding> Findings)
{
    /// <summary>The machine.</summary>
    public HostModel Model => Subjects.Model;

    /// <summary>The machine is known to be a virtual one: advice goes to its hypervisor, not to firmware setup.</summary>
    public bool IsVirtual => Model.IsVirtualMachine == true;

    /// <summary>The command line's effect; null when it is not known.</summary>
    public KernelParameters? Parameters { get; } = KernelParameters.Of(Subjects.Model);

    /// <summary>The first failing finding with this id, or null.</summary>
    public Finding? Failing(string id) => Findings.FirstOrDefault(finding => finding.Id == id && finding.Verdict == Verdict.Fail);

    /// <summary>A finding with this id has this verdict.</summary>
    public bool Has(string id, Verdict verdict) => Findings.Any(finding => finding.Id == id && finding.Verdict == verdict);

    /// <summary>The id that shows a broken rung best: the first that fails, else that warns, else the first of them.</summary>
    public string Show(params ReadOnlySpan<string> ids)
    {
        foreach (Verdict verdict in new[] { Verdict.Fail, Verdict.Warn })
        {
            foreach (string id in ids)
            {
                if (Has(id, verdict))
                {
                    return id;
                }
            }
        }

        return ids[0];
    }

    /// <summary>The first log line of a kind, or null.</summary>
    public LogEvent? Line(LogEventKind kind) => PlatformEvidence.LogEvents(Model, kind).FirstOrDefault();
}

/// <summary>A broken rung: the finding that shows it, and the answer in one sentence.</summary>
internal sealed record Broken(string FindingId, string Sentence)
{
    /// <summary>From a finding: what was seen, then what to do.</summary>
    public static Broken From(Finding finding)
    {
        string seen = finding.Subject == "host" ? finding.Message : $"{finding.Subject}: {finding.Message}";
        return new Broken(finding.Id, finding.Remedy.Count == 0
            ? seen
            : $"{seen.TrimEnd('.')}: {char.ToLowerInvariant(finding.Remedy[0].Text[0])}{finding.Remedy[0].Text[1..]}");
    }
}
