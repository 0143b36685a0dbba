using Passthrough.Host.Guests;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>VIRT-004: two guests that want the same function or group do not start together.</summary>
internal sealed class Virt004Claims : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "VIRT-004";

    /// <inheritdoc />
    public override string Title => "No two guests claim one device";

    /// <inheritdoc />
    public override Section Section => Section.Guest;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "A function, and an IOMMU group as a whole, serves one guest at a time. Several definitions may name it when they are alternatives, such as two systems "
        + "that share a graphics card; the second to start fails. It goes wrong by itself when both start with the machine.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when no other definition names a function or group of this guest. Note when one does. Warn when both start with the machine. Unknown when another "
        + "definition, or whether both start with the machine, was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["libvirt: domain XML format, <hostdev>", "libvirt: src/hypervisor/virhostdev.c", "Linux: Documentation/driver-api/vfio.rst"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Let only one of them start with the machine (virsh autostart --disable NAME).")];

    /// <inheritdoc />
    protected override void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally)
    {
        HostModel model = subjects.Model;
        HashSet<PciAddress> own = [.. GuestFacts.Functions(model, definition).Select(item => item.Address)];
        HashSet<string> groups = [.. own.Select(address => model.Iommu.GroupOf(address)?.Id).OfType<string>()];
        foreach (Guest other in model.Guests.All.Where(other => other.Name != guest.Name && other.Definition.IsKnown))
        {
            PciAddress[] wanted = [.. GuestFacts.Functions(model, other.Definition.Value!).Select(item => item.Address).Distinct()];
            PciAddress[] same = [.. wanted.Where(own.Contains)];
            string[] shared = [.. wanted.Select(address => model.Iommu.GroupOf(address)?.Id).OfType<string>().Where(groups.Contains).Distinct()];
            if (same.Length == 0 && shared.Length == 0)
            {
                continue;
            }

            string what = same.Length > 0 ? Quote.List(same.Select(address => address.ToString())) : "group " + Quote.List(shared);
            Citation line = new(other.Path, null, what);
            bool? both = guest.IsAutostarted == false || other.IsAutostarted == false ? false
                : guest.IsAutostarted == true && other.IsAutostarted == true ? true : null;
            tally.Add(both switch { true => Verdict.Warn, false => Verdict.Note, _ => Verdict.Unknown }, both switch
            {
                true => $"{other.Name} also wants {what}, and both start with the machine: the second to start fails.",
                false => $"{other.Name} also wants {what}: only one of the two can run at a time.",
                _ => $"{other.Name} also wants {what}; whether both start with the machine is not known. Look with \"virsh list --all --autostart\".",
            }, line, both == true ? Remedies[0] : null);
        }

        if (GuestFacts.UnseenDefinition(model) is { } unseen)
        {
            tally.Add(Verdict.Unknown, $"Whether another guest wants the same is not known: {unseen.Sentence}", unseen.Citation);
        }

        tally.Add(Verdict.Pass, "No other guest wants a function or a group of this one.", GuestFacts.Cite(guest, Quote.List(own.Select(address => address.ToString()))));
    }
}
