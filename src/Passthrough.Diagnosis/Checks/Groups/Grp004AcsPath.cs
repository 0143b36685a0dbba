using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>GRP-004: which hop above a candidate makes it share its group.</summary>
internal sealed class Grp004AcsPath : CandidateCheck
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
        "The kernel separates two functions only if every port above them keeps them apart: each root and downstream port needs Access Control Services with source validation, request redirect, "
        + "completion redirect and upstream forwarding switched on, as far as it has them. A PCIe-to-PCI bridge makes everything below it look like one requester.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when the candidate shares its group with no function of another device, bridges aside. Warn when it does, naming the nearest hop that lacks ACS. Note when no hop lacks it. "
        + "Unknown when the group, the hops or their extended config space were not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: drivers/iommu/iommu.c (REQ_ACS_FLAGS)", "Linux: drivers/pci/pci.c (pci_acs_enabled)", "PCI Express Base specification, section 6.12 (ACS)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Use another slot (lanes of the CPU rather than of the chipset), look for an ACS switch in the firmware setup, or assign the whole group. pcie_acs_override only pretends isolation, and is ignored by kernels without that patch.")];

    // SV, RR, CR and UF: bits 0, 2, 3 and 4 of the ACS registers, REQ_ACS_FLAGS of the kernel.
    private const int Required = 0x1d;

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        IommuGroup? group = model.Iommu.GroupOf(device.Address);
        if (group is null)
        {
            yield return device.IommuGroup.IsAbsent
                ? Make(Verdict.NotApplicable, subject, $"{subject} shows no group (IOM-003 judges that).", [Quote.Of(device.IommuGroup)])
                : Make(Verdict.Unknown, subject, $"The group of {subject} is not known: {Quote.Unseen(device.IommuGroup)}", [Quote.Of(device.IommuGroup)]);
            yield break;
        }

        PciAddress[] others = [.. group.Devices.Where(address => !address.IsSameSlot(device.Address) && model.Pci.Find(address) is not { IsPciBridge: true })];
        var members = new Citation($"/sys/kernel/iommu_groups/{group.Id}/devices", null, Quote.List(group.Devices.Select(address => address.ToString()), 12));
        if (others.Length == 0)
        {
            yield return Make(Verdict.Pass, subject, $"Group {group.Id} holds no function of another device than {subject}, bridges aside.", [members]);
            yield break;
        }

        string shared = $"{subject} shares group {group.Id} with {Quote.List(others.Select(address => address.ToString()))}";
        if (device.Parent is null)
        {
            yield return Make(Verdict.Note, subject, $"{shared}. No port above it is seen: functions on a root bus are kept apart by the chipset or not at all.", [members]);
            yield break;
        }

        foreach (PciDevice hop in Functions.Above(model, device))
        {
            (bool? weak, string why) = Judge(hop);
            Citation place = new(hop.Config.Source, null, why);
            if (weak is null)
            {
                yield return Make(Verdict.Unknown, subject, $"{shared}. Why is not known: of the port {hop.Address} {why}. Run ptdiag as root on the host itself.", [members, place]);
                yield break;
            }

            if (weak.Value)
            {
                yield return Make(Verdict.Warn, subject, $"{shared}. The nearest hop that does not keep them apart is {hop.Address}: {why}.", [members, place], Remedies);
                yield break;
            }
        }

        yield return Make(Verdict.Note, subject, $"{shared}, and no port seen above it lacks ACS: a requester alias, a kernel quirk or a device without ACS of its own joins them.", [members]);
    }

    /// <summary>Whether a port fails to keep what is below it apart; null when its registers were not read.</summary>
    private static (bool? Weak, string Why) Judge(PciDevice port)
    {
        PciCapabilities caps = port.Capabilities;
        if (caps.Express is null || (caps.Express == true && caps.ExpressPortType is null))
        {
            return (null, "the PCI Express capability was not read");
        }

        if (caps.Express == false || caps.ExpressPortType is 7 or 8)
        {
            return (true, "it is a bridge to or from conventional PCI, where all devices share one requester id");
        }

        // A single-function upstream port of a switch needs no ACS: the downstream ports decide.
        if (caps.ExpressPortType is not (4 or 6))
        {
            return (false, "no root or downstream port");
        }

        if (caps.Acs is null || (caps.Acs == true && (caps.AcsCapability is null || caps.AcsControl is null)))
        {
            return (null, "the ACS registers were not read");
        }

        if (caps.Acs == false)
        {
            return (true, "it has no ACS capability (some ports isolate without it, and the kernel lists those)");
        }

        // What is missing in the capability register counts as hard-wired.
        int wanted = Required & caps.AcsCapability!.Value;
        int off = wanted & ~caps.AcsControl!.Value;
        return off == 0 ? (false, "ACS is on") : (true, FormattableString.Invariant($"ACS control 0x{caps.AcsControl.Value:x4} leaves 0x{off:x2} of the needed bits 0x{wanted:x2} off"));
    }
}
