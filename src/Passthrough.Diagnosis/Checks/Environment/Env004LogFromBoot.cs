using Passthrough.Host.Evidence;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Environment;

/// <summary>ENV-004: does the kernel log reach back to the boot?</summary>
internal sealed class Env004LogFromBoot : Check
{
    private static readonly Remedy _journal = new("Save the boot's log from the journal and classify it.", "journalctl -k -b | ptdiag log -");

    public override string Id => "ENV-004";
    public override string Title => "Kernel log reaches back to the boot";
    public override Section Section => Section.Environment;
    public override Severity Severity => Severity.Medium;

    public override string Explanation =>
        "What IOMMU drivers say stands at the beginning of the kernel log. The ring buffer is finite: on a machine that has been up for long its first lines are gone, and then a line that is " +
        "missing proves nothing. dmesg_restrict keeps the log from users without privilege.";

    public override string Criteria => "Pass: the log holds the boot's \"Linux version\" line. Unknown: it does not, or no log was read; what was said at boot is then not known.";

    public override IReadOnlyList<string> References => ["Documentation/ABI/testing/dev-kmsg", "Documentation/admin-guide/sysctl/kernel.rst (dmesg_restrict)", "journalctl(1)"];

    public override IReadOnlyList<Remedy> Remedies => [_journal, new("Give the ring more room with log_buf_len=4M on the kernel command line.")];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        if (model.Log.IsComplete)
        {
            yield return Make(Verdict.Pass, "host", "The kernel log reaches back to the boot: a line that is not there was not printed.", [PlatformEvidence.Cite(model.Log.Content, "Linux version …")]);
        }
        else if (model.Log.Content.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host",
                "The kernel log no longer holds the boot's first lines, so what was said at boot is not known. Look at the journal (journalctl -k -b) to know.",
                [PlatformEvidence.Cite(model.Log.Content, "(no \"Linux version\" line)")], _journal);
        }
        else
        {
            bool restricted = model.Kernel.DmesgRestrict is { IsKnown: true, Value: true } && model.Log.Content.Outcome == Outcome.Denied;
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "The kernel log", model.Log.Content)
                + (restricted ? " kernel.dmesg_restrict keeps it from users without privilege." : ""), [PlatformEvidence.Cite(model.Log.Content)]);
        }
    }
}
