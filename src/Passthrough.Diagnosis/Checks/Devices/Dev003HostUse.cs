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
        "Taking a disk with a mounted file system or swap, the interface of the default route or the only display away from the host can take the host down. Disks are followed through partitions, LVM, md, multipath and btrfs, "
        + "interfaces through bonds, bridges and VLANs. What lies below a zfs pool, sysfs does not tell: then every disk stays in question.";

    /// <inheritdoc />
    public override string Criteria =>
        "Fail when the host uses the candidate. Warn when that use is only a display (boot display, framebuffer). Pass when the host's uses were seen and none leads to it. "
        + "Unknown when the host's uses were not read, or what is behind one of them was not told.";

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
        bool displayOnly = uses.Count > 0 && uses.All(Functions.IsDisplayUse);
        string? unseen = Functions.UnseenUse(model, device.Address);
        if (uses.Count > 0 && (!displayOnly || unseen is null))
        {
            yield return Make(displayOnly ? Verdict.Warn : Verdict.Fail, subject, $"The host uses {subject}: {Quote.List(uses)}.", [new Citation(device.Path, null, Quote.List(uses))], Remedies);
        }
        else if (unseen is not null)
        {
            yield return Make(Verdict.Unknown, subject, $"{unseen}, so {(displayOnly ? $"whether the host needs {subject} for more than its display" : $"whether the host needs {subject}")} is not known. Run ptdiag on the running machine as root, or look at its disks by hand.",
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
