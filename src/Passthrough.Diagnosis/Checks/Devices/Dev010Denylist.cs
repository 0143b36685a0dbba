using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>DEV-010: vfio-pci does not refuse the device by its list.</summary>
internal sealed class Dev010Denylist : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "DEV-010";

    /// <inheritdoc />
    public override string Title => "vfio-pci does not refuse the device";

    /// <inheritdoc />
    public override Section Section => Section.Devices;

    /// <inheritdoc />
    public override Severity Severity => Severity.Medium;

    /// <inheritdoc />
    public override string Explanation =>
        "vfio-pci holds a short list of devices that are known to be unsafe in a guest's hands, among them several Intel QuickAssist functions and early DSA and IAX engines, and does not bind them (since Linux 5.9).";

    /// <inheritdoc />
    public override string Criteria =>
        "Fail when the kernel log says that vfio-pci refused the candidate. Pass when a VFIO driver serves it, or the log reaches back to the boot and says nothing of the kind. Else Unknown.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: drivers/vfio/pci/vfio_pci.c (vfio_pci_dev_in_denylist)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Assign another device. disable_denylist=1 of vfio-pci overrules the list; whoever sets it takes the risk that the list warns of.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        LogEvent? refused = model.Log.Content.IsKnown ? model.Log.Content.Value!.Of(LogEventKind.Denylisted).LastOrDefault(line => line.Device == device.Address) : null;
        if (device.IsOnVfioDriver)
        {
            yield return Make(Verdict.Pass, subject, $"A VFIO driver serves {subject}.", [Quote.Of(device.Driver)]);
        }
        else if (!device.Driver.IsKnown && !device.Driver.IsAbsent)
        {
            yield return Make(Verdict.Unknown, subject, $"The driver of {subject} is not known, so neither is whether vfio-pci took it: {Quote.Unseen(device.Driver)}", [Quote.Of(device.Driver)]);
        }
        else if (refused is not null)
        {
            yield return Make(Verdict.Fail, subject, $"vfio-pci refused {subject}: it is on the list of devices that are unsafe to give away.", [Quote.Of(model.Log, refused)], Remedies);
        }
        else
        {
            yield return model.Log.IsComplete
                ? Make(Verdict.Pass, subject, $"The kernel log, whole since boot, tells of no refusal of {subject}.", [Quote.Of(model.Log.Content) with { Excerpt = null }])
                : Make(Verdict.Unknown, subject, $"Whether vfio-pci refuses {subject} is not known before it was tried. Read the kernel log after binding it: \"ptdiag log\" names the line.", [Quote.Of(model.Log.Content) with { Excerpt = null }]);
        }
    }
}
