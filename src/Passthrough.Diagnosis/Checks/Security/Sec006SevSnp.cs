using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Security;

/// <summary>SEC-006: was SEV-SNP refused because of the IOMMU?</summary>
internal sealed class Sec006SevSnp : Check
{
    public override string Id => "SEC-006";
    public override string Title => "SEV-SNP is not refused because of the IOMMU";
    public override Section Section => Section.Security;
    public override Severity Severity => Severity.High;

    public override string Explanation =>
        "SEV-SNP needs an IOMMU that translates: with iommu=pt, iommu.passthrough=1 or the IOMMU off the kernel says \"SNP cannot be supported\" and gives it up. Those who took iommu=pt from a guide " +
        "on passthrough lose confidential guests by it, and gain nothing for passthrough.";

    public override string Criteria =>
        "Warn: the log says that SNP was given up. Pass: a CPU with SEV, and a log from the boot on without such a line. NotApplicable: no AMD CPU, or one without SEV. Unknown: the CPU or the log was not seen.";

    public override IReadOnlyList<string> References => ["drivers/iommu/amd/init.c (iommu_snp_enable)", "lxc/incus-os PR #949"];

    public override IReadOnlyList<Remedy> Remedies => [BootLine.Remove("iommu=pt or iommu.passthrough=1, where confidential guests are wanted,")];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        LogEvent? refused = PlatformEvidence.LogEvents(model, LogEventKind.MemoryEncryption).FirstOrDefault(item => item.Text.Contains("SNP", StringComparison.Ordinal));
        string? vendor = model.Cpu.Vendor;
        if (refused is not null)
        {
            yield return Make(Verdict.Warn, "host", "The kernel gave SEV-SNP up because of the state of the IOMMU: no confidential guest of that kind can run. Other guests are not concerned.",
                [PlatformEvidence.CiteLog(model, refused)], Remedies);
        }
        else if (vendor is "intel" or "arm" || (vendor == "amd" && model.Cpu.HasFlag("sev") == false))
        {
            yield return Make(Verdict.NotApplicable, "host", "This CPU has no SEV.", [PlatformEvidence.Cite(model.Cpu.VendorId)]);
        }
        else if (vendor is null || model.Cpu.HasFlag("sev") is null)
        {
            Reading<string> missing = vendor is null ? model.Cpu.VendorId : model.Cpu.Flags.As();
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "Whether the CPU has SEV", missing), [PlatformEvidence.Cite(missing)]);
        }
        else if (model.Log.IsComplete)
        {
            yield return Make(Verdict.Pass, "host", "The kernel did not give SEV-SNP up because of the IOMMU.", [PlatformEvidence.Cite(model.Log.Content, "(no such line)")]);
        }
        else
        {
            yield return Make(Verdict.Unknown, "host", model.Log.Content.IsKnown
                ? "The kernel log does not reach back to the boot, where such a line would stand. Look at the journal (journalctl -k -b) to know."
                : PlatformEvidence.NotSeen(model, "The kernel log", model.Log.Content), [PlatformEvidence.Cite(model.Log.Content.As())]);
        }
    }
}
