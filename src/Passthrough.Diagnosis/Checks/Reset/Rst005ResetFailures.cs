using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>RST-005: no reset of the candidate failed.</summary>
internal sealed class Rst005ResetFailures : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "RST-005";

    /// <inheritdoc />
    public override string Title => "No reset of the device failed";

    /// <inheritdoc />
    public override Section Section => Section.Reset;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "A device that does not come back from a reset keeps its next guest from starting, and often only a power cycle brings it back. The kernel log tells of it.";

    /// <inheritdoc />
    public override string Criteria =>
        "Fail when the kernel log tells of a reset of the candidate that failed. Note when VFIO had to restore its BARs. Pass when the log reaches back to the boot and tells of none. Else Unknown.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: drivers/pci/pci.c (pci_dev_wait)", "Linux: drivers/vfio/pci/vfio_pci_core.c"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Switch the machine off and on, not only reboot it; then try another reset method in reset_method, or the vendor's reset module.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        LogEvent[] lines = model.Log.Content.IsKnown ? [.. model.Log.Content.Value!.Of(LogEventKind.ResetProblem).Where(line => line.Device == device.Address)] : [];
        LogEvent[] failed = [.. lines.Where(line => !line.Text.Contains("restoring BARs", StringComparison.Ordinal))];
        if (failed.Length > 0)
        {
            yield return Make(Verdict.Fail, subject, $"The kernel log tells {Quote.Count(failed.Length, "time")} that a reset of {subject} failed.", [.. failed.TakeLast(3).Select(line => Quote.Of(model.Log, line))], Remedies);
        }
        else if (!model.Log.IsComplete)
        {
            yield return Make(Verdict.Unknown, subject, $"Whether a reset of {subject} failed is not known: the kernel log was not read from the boot on. Run ptdiag as root on the host itself.", [Quote.Of(model.Log.Content) with { Excerpt = null }]);
        }
        else
        {
            yield return lines.Length > 0
                ? Make(Verdict.Note, subject, $"{subject} was reset behind VFIO's back, and VFIO wrote its BARs again.", [.. lines.TakeLast(3).Select(line => Quote.Of(model.Log, line))])
                : Make(Verdict.Pass, subject, $"The kernel log, whole since boot, tells of no failed reset of {subject}.", [Quote.Of(model.Log.Content) with { Excerpt = null }]);
        }
    }
}
