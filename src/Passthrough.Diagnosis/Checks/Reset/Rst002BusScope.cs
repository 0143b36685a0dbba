using Passthrough.Diagnosis.Simulation;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>RST-002: what a bus reset takes along.</summary>
internal sealed class Rst002BusScope : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "RST-002";

    /// <inheritdoc />
    public override string Title => "A bus reset takes nothing else along";

    /// <inheritdoc />
    public override Section Section => Section.Reset;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "Where a function cannot be reset alone, VFIO resets the bus it is on, and everything below the same bridge with it, also behind further bridges. It does so only if one owner holds every group that is hit; "
        + "otherwise the reset fails, and a guest may find the device as the last one left it.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when the function can be reset alone, or nothing else is below the bridge. Note when other functions are, and none is on a driver of the host. Warn when one is. Unknown when the reset methods, the hierarchy or a driver were not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: drivers/vfio/pci/vfio_pci_core.c (vfio_pci_ioctl_pci_hot_reset)", "Linux: Documentation/ABI/testing/sysfs-bus-pci (reset_method)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Give everything below the bridge to one guest, or move the device to a slot of its own.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        Citation[] evidence = [Quote.Of(device.ResetMethods)];
        bool? alone = ResetScope.IsAlone(model, device);
        if (alone == true)
        {
            yield return Make(Verdict.Pass, subject, $"{subject} can be reset alone, so no bus needs to be.", evidence);
            yield break;
        }

        if (alone is null)
        {
            yield return Make(Verdict.Unknown, subject, $"How {subject} resets is not known: {Quote.Unseen(device.ResetMethods)}", evidence);
            yield break;
        }

        if (device.Parent is null)
        {
            yield return StableIdentity.Of(model, device).SlotPath is null
                ? Make(Verdict.Unknown, subject, $"What is above {subject} was not seen. Run ptdiag as root on the host itself.", evidence)
                : Make(Verdict.NotApplicable, subject, $"{subject} is on a root bus, which cannot be reset (RST-001 judges that).", evidence);
            yield break;
        }

        PciDevice[] mates = [.. ResetScope.BusMates(model, device).Where(mate => !mate.IsPciBridge)];
        PciDevice[] used = [.. mates.Where(mate => GroupMember.Blocks(mate) == true && !subjects.Candidates.Contains(mate))];
        PciDevice[] unseen = [.. mates.Where(mate => GroupMember.Blocks(mate) is null && !subjects.Candidates.Contains(mate))];
        Citation[] all = [.. evidence, .. mates.Take(6).Select(mate => Quote.Of(mate.Driver))];
        yield return used.Length > 0
            ? Make(Verdict.Warn, subject, $"Resetting the bus below {device.Parent} for {subject} would also reset {Quote.List(used.Select(Functions.WithDriver))}, which the host drives.", all, Remedies)
            : unseen.Length > 0
                ? Make(Verdict.Unknown, subject, $"Resetting the bus below {device.Parent} would also reset {Quote.List(unseen.Select(mate => mate.Address.ToString()))}, whose driver could not be seen. Read its driver link on the machine.", all)
                : mates.Length > 0
                    ? Make(Verdict.Note, subject, $"Resetting the bus below {device.Parent} for {subject} also resets {Quote.List(mates.Select(Functions.WithDriver))}: one guest must hold all of them.", all)
                    : Make(Verdict.Pass, subject, $"Nothing else is below {device.Parent}: a bus reset hits {subject} alone.", all);
    }
}
