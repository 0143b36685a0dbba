using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>DEV-003: the candidate is not what the host runs on.</summary>
internal sealed class Dev003HostUse : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "DEV-003";

    /// <inheritdoc />
    public override string Title => "The host does not use the device";

    /// <inheritdoc />
    public override Section Section => Section.Devices;

    /// <inheritdoc />
    public override Severity Severity => Severity.Critical;

    /// <inheritdoc />
    public override string Explanation =>
        "Taking a disk with a mounted file system, the interface of the default route or the only display away from the host can take the host down.";

    /// <inheritdoc />
    public override string Criteria =>
        "Fail when the host uses the candidate. Warn when that use is only the boot display. Pass when uses of other devices were seen and none of it. Unknown when the host's use of its devices was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/driver-api/vfio.rst"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Move the host's use to another device first.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        IReadOnlyList<string> uses = Functions.HostUses(model, device.Address);
        if (uses.Count > 0)
        {
            bool displayOnly = uses.All(use => use.StartsWith("boot display", StringComparison.Ordinal));
            yield return Make(displayOnly ? Verdict.Warn : Verdict.Fail, subject, $"The host uses {subject}: {Quote.List(uses)}.", [new Citation(device.Path, null, Quote.List(uses))], Remedies);
        }
        else if (Functions.UnseenUse(model) is { } unseen)
        {
            yield return Make(Verdict.Unknown, subject, $"{unseen}, so whether the host needs {subject} is not known. Run ptdiag on the running machine as root, or look at its disks by hand.",
                [new Citation(device.Path, null, null)]);
        }
        else if (device.Class is null or (>= 0x0300 and <= 0x03ff) && !device.BootVga.IsKnown && !device.BootVga.IsAbsent)
        {
            yield return Make(Verdict.Unknown, subject, $"Whether {subject} is the boot display is not known: {Quote.Unseen(device.BootVga)}", [Quote.Of(device.BootVga)]);
        }
        else
        {
            yield return Make(Verdict.Pass, subject, $"No use of {subject} by the host is seen.", [new Citation(device.Path, null, Quote.Of(device.Driver).Excerpt)]);
        }
    }
}
