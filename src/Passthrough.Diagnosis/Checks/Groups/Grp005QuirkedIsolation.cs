using Passthrough.Diagnosis.Grouping;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>GRP-005: whether isolation rests on the kernel's list of devices instead of on ACS.</summary>
internal sealed class Grp005QuirkedIsolation : GroupedCandidateCheck
{
    /// <inheritdoc />
    public override string Id => "GRP-005";

    /// <inheritdoc />
    public override string Title => "Isolation rests on registers, not on a list";

    /// <inheritdoc />
    public override Section Section => Section.Groups;

    /// <inheritdoc />
    public override Severity Severity => Severity.Info;

    /// <inheritdoc />
    public override string Explanation =>
        "Some devices keep their functions or the ports below them apart although they have no ACS registers: root ports of Intel chipsets, some network cards. The kernel holds a list of those whose makers "
        + "confirmed it. Isolation by that list is real; it only cannot be read from the device, and a kernel without the entry forms larger groups.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when the candidate and everything above it isolates by its registers. Note when a hop without ACS may be on the list. Not applicable when a hop joins. Unknown when registers were not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: drivers/pci/quirks.c (pci_dev_specific_acs_enabled)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device, IommuGroup group)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();

        // A function that is alone in its device needs no ACS of its own; only what stands above it counts then.
        bool isAlone = !model.Pci.All.Any(other => other.Address != device.Address && other.Address.IsSameSlot(device.Address));
        AcsHop[] path = [.. GroupPrediction.Of(model).Path(device.Address).Where(hop => !isAlone || hop.Address != device.Address || hop.State == AcsState.NotRead)];
        AcsHop? Of(AcsState state) => path.FirstOrDefault(hop => hop.State == state);
        Citation[] evidence = [.. path.Take(6).Select(hop => AcsEvidence.Cite(model, hop.Address))];
        if (Of(AcsState.NotRead) is { } unread)
        {
            yield return Make(Verdict.Unknown, subject, $"What the isolation of {subject} rests on is not known: {unread.Address} {unread.Why}. Run ptdiag as root on the host itself.", evidence);
        }
        else if (Of(AcsState.Joins) is { } weak)
        {
            yield return Make(Verdict.NotApplicable, subject, $"{weak.Address} ({weak.Role}) {weak.Why}, and is on no list this version knows: GRP-004 and GRP-006 judge what follows.", evidence);
        }
        else if (Of(AcsState.MayBeListed) is { } listed)
        {
            yield return Make(Verdict.Note, subject, $"{listed.Address} ({listed.Role}) {listed.Why}; the kernel's list may hold it as one that isolates all the same. The groups show what this kernel decided.", evidence);
        }
        else
        {
            yield return Make(Verdict.Pass, subject, $"{subject} and everything above it isolates by its registers.", evidence);
        }
    }
}
