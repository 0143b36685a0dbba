using Passthrough.Diagnosis.Grouping;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>GRP-004: which hop above a candidate makes it share its group.</summary>
internal sealed class Grp004AcsPath : GroupedCandidateCheck
{
    /// <inheritdoc />
    public override string Id => "GRP-004";

    /// <inheritdoc />
    public override string Title => "Why the device shares its group";

    /// <inheritdoc />
    public override Section Section => Section.Groups;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "The kernel separates two functions only if everything between them keeps them apart: each root and downstream port needs Access Control Services with source validation, request redirect, "
        + "completion redirect and upstream forwarding switched on, as far as it has them. An endpoint that is alone in its device needs none. A bridge to conventional PCI makes everything below it look like one requester.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when the candidate shares its group with no function of another device, bridges aside. Warn when it does, naming the hop, bridge or sibling to blame. Note when every register was read and none "
        + "explains it. Unknown when the group or the registers of the way up were not read, or the kernel's list of devices that isolate without ACS may decide.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: drivers/iommu/iommu.c (pci_device_group, REQ_ACS_FLAGS)", "Linux: drivers/pci/pci.c (pci_acs_enabled)", "Linux: drivers/pci/search.c (pci_for_each_dma_alias)", "PCI Express Base specification, section 6.12 (ACS)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Use another slot (lanes of the CPU rather than of the chipset), look for an ACS switch in the firmware setup, or assign the whole group. pcie_acs_override only pretends isolation, and is ignored by kernels without that patch.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device, IommuGroup group)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        PciAddress[] others = [.. group.Devices.Where(address => !address.IsSameSlot(device.Address) && model.Pci.Find(address) is not { IsPciBridge: true })];
        if (others.Length == 0)
        {
            yield return Make(Verdict.Pass, subject, $"Group {group.Id} holds no function of another device than {subject}, bridges aside.", [Members(group)]);
            yield break;
        }

        string shared = $"{subject} shares group {group.Id} with {Quote.List(others.Select(address => address.ToString()))}";
        GroupExplanation explanation = GroupExplainer.Explain(model, group);

        // What joins the candidate itself is the answer, also where another member's reason is not known.
        GroupJoin? own = explanation.Joins.FirstOrDefault(join => join.Member == device.Address && join.Reason != JoinReason.Siblings);
        if (own is not null)
        {
            yield return Make(Verdict.Warn, subject, $"{shared}: {own.Sentence}.", [Members(group), .. AcsEvidence.Cite(model, [own.Blame])], Remedies);
        }
        else
        {
            Verdict verdict = explanation.State switch
            {
                ExplanationState.Explained => Verdict.Warn,
                ExplanationState.NotKnown => Verdict.Unknown,
                _ => Verdict.Note,
            };
            yield return Make(verdict, subject, $"{shared}. {explanation.Sentence}", [Members(group), .. AcsEvidence.Cite(model, explanation.Blame)],
                verdict == Verdict.Warn ? Remedies : []);
        }
    }
}
