using Passthrough.Diagnosis.Grouping;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>GRP-007: a bridge to conventional PCI above a candidate.</summary>
internal sealed class Grp007LegacyBridge : GroupedCandidateCheck
{
    /// <inheritdoc />
    public override string Id => "GRP-007";

    /// <inheritdoc />
    public override string Title => "No conventional PCI bridge stands above";

    /// <inheritdoc />
    public override Section Section => Section.Groups;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "Behind a PCIe-to-PCI bridge the IOMMU sees the bridge as the requester, whichever device below asks. All of them are one group for ever: no setting and no other kernel separates them.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass without such a bridge above the candidate. Note with one, and which other functions are below it (GRP-004 warns of a shared group). Unknown when a bridge above was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/driver-api/vfio.rst", "Linux: drivers/pci/search.c (pci_for_each_dma_alias)", "PCI Express to PCI/PCI-X Bridge specification, section 2.3"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Assign everything below the bridge to one guest, or use a device in a PCI Express slot.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device, IommuGroup group)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        GroupPrediction prediction = GroupPrediction.Of(model);
        if (prediction.Aliases(device.Address) is not { } aliases)
        {
            yield return Make(Verdict.Unknown, subject, $"Whether a bridge to conventional PCI stands above {subject} is not known: the capabilities of a bridge above were not read. "
                + "Run ptdiag as root on the host itself.", [.. prediction.Path(device.Address).Skip(1).Take(6).Select(hop => AcsEvidence.Cite(model, hop.Address))]);
            yield break;
        }

        if (aliases.Count == 0)
        {
            bool placed = !prediction.Open.TryGetValue(device.Address, out string? open) || device.Address.Bus == 0 || device.Parent is not null;
            yield return placed
                ? Make(Verdict.Pass, subject, $"No bridge to conventional PCI stands above {subject}.", [.. prediction.Path(device.Address).Take(6).Select(hop => AcsEvidence.Cite(model, hop.Address))])
                : Make(Verdict.Unknown, subject, $"What stands above {subject} is not known: it {open}. Run ptdiag as root on the host itself.", [Members(group)]);
            yield break;
        }

        PciAddress bridge = aliases[0];
        PciAddress[] others = [.. group.Devices.Where(address => address != device.Address && model.Pci.Find(address) is not { IsPciBridge: true }
            && prediction.Aliases(address) is { } their && their.Contains(bridge))];
        yield return others.Length == 0
            ? Make(Verdict.Note, subject, $"{subject} is the only function below {bridge}, a bridge to conventional PCI: its group can hold no more than that bus.", [Members(group), AcsEvidence.Cite(model, bridge)])
            : Make(Verdict.Note, subject, $"{Quote.List(others.Select(address => address.ToString()))} and {subject} are below {bridge}, a bridge to conventional PCI, and can never be separated.",
                [Members(group), AcsEvidence.Cite(model, bridge)], Remedies);
    }
}
