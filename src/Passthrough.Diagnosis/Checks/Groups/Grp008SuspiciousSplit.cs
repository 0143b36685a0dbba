using Passthrough.Diagnosis.Grouping;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>GRP-008: groups are separate although nothing keeps their members apart.</summary>
internal sealed class Grp008SuspiciousSplit : GroupedCandidateCheck
{
    /// <inheritdoc />
    public override string Id => "GRP-008";

    /// <inheritdoc />
    public override string Title => "The group's isolation is real";

    /// <inheritdoc />
    public override Section Section => Section.Groups;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    // Whether the kernel's list of devices isolates a port stands in no register.
    /// <inheritdoc />
    public override bool BlocksWhileUnknown => false;

    /// <inheritdoc />
    public override string Explanation =>
        "A patched kernel (pcie_acs_override) splits groups although the hardware does not separate them: devices of two guests can then reach each other past the IOMMU. Registers tell it without trusting the command line: "
        + "functions that a bridge, a port without ACS or a missing ACS of their own must join, and that stand in different groups all the same, are isolated by assertion only.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when the candidate's registers agree with its group. Warn when it is split from functions that its registers join it with; fail when the kernel also says that it overrides ACS. "
        + "Unknown when registers were not read, or the kernel's list of devices that isolate without ACS may explain it.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: drivers/iommu/iommu.c (pci_device_group)", "Linux: drivers/pci/pci.c (pci_acs_enabled)", "PCI Express Base specification, section 6.12 (ACS)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Treat the functions named here as one group: give all of them to one guest, or none. Take pcie_acs_override off the kernel command line, or move the device to a slot whose ports have ACS.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> WithoutCandidate(Subjects subjects)
    {
        GroupJoin[] splits = [.. GroupPrediction.Of(subjects.Model).Splits];
        string? more = splits.Length == 0 ? null : $"Groups are separate that registers join: {Quote.List(splits.Select(split => $"{split.Member} and {split.With}"), 4)}.";
        return [NoCandidate(subjects, more, AcsEvidence.Cite(subjects.Model, splits.Select(split => split.Blame)))];
    }

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device, IommuGroup group)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        GroupPrediction prediction = GroupPrediction.Of(model);
        GroupJoin[] splits = [.. prediction.Splits.Where(split => prediction.AreTogether(split.Member, device.Address) == true)];
        if (splits.Length > 0)
        {
            PciAddress[] apart = [.. splits.SelectMany(split => new[] { split.Member, split.With }).Distinct().Where(address => model.Iommu.GroupOf(address)?.Id != group.Id)];
            Citation[] evidence = [Members(group), .. AcsEvidence.Cite(model, splits.Select(split => split.Blame))];
            string told = $"{subject} is in group {group.Id} and {Quote.List(apart.Select(address => address.ToString()))} {(apart.Length == 1 ? "is" : "are")} not, although {splits[0].Sentence}";
            yield return AcsEvidence.OverrideLine(model) is { } line
                ? Make(Verdict.Fail, subject, $"{told}. The kernel says that it overrides ACS: this isolation is asserted, not real.", [.. evidence, Quote.Of(model.Log, line)], Remedies)
                : Make(Verdict.Warn, subject, $"{told}. Unless this kernel knows better by its list of devices, or the registers changed since it formed the groups, this isolation is asserted, not real.", evidence, Remedies);
        }
        else if (prediction.Open.TryGetValue(device.Address, out string? why))
        {
            yield return Make(Verdict.Unknown, subject, $"Whether the isolation of {subject} is real cannot be told from registers: it {why}. "
                + "Run ptdiag as root on the host itself, and look for the device in drivers/pci/quirks.c of its kernel.", [Members(group), .. AcsEvidence.Cite(model, [device.Address])]);
        }
        else
        {
            yield return Make(Verdict.Pass, subject, $"What the registers of {subject} and of the ports above it tell agrees with group {group.Id}.",
                [Members(group), .. AcsEvidence.Cite(model, prediction.Path(device.Address).Select(hop => hop.Address))]);
        }
    }
}
