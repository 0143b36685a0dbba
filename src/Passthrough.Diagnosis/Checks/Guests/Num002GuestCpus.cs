using Passthrough.Host.Cpu;
using Passthrough.Host.Guests;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>NUM-002: the virtual CPUs run on the node of the guest's functions.</summary>
internal sealed class Num002GuestCpus : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "NUM-002";

    /// <inheritdoc />
    public override string Title => "Virtual CPUs run on the device's node";

    /// <inheritdoc />
    public override Section Section => Section.Numa;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "On a machine with several nodes interrupts and DMA of a device are cheapest on its own node. Virtual CPUs without a pin are placed by the scheduler, "
        + "which does not know the guest's device. The live placement of threads is not read: what counts is what the definition asks for.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass on one node, or when all CPUs of the virtual CPUs are on the functions' nodes. Warn when some are elsewhere; Note when the guest has cells of its "
        + "own and some are on the node, or nothing is pinned. Unknown when nodes were not read or firmware does not tell the node.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["libvirt: domain XML format, <cputune><vcpupin>", "Linux: Documentation/ABI/testing/sysfs-bus-pci (numa_node)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Pin the virtual CPUs to CPUs of the device's node with <vcpupin>; local_cpulist of the function lists them.")];

    /// <inheritdoc />
    protected override void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally)
    {
        HostModel model = subjects.Model;
        if (NodeFacts.IsSingle(model) == true)
        {
            tally.Add(Verdict.Pass, "The machine has one memory node.", Quote.Of(model.Memory.Nodes) with { Excerpt = null });
            return;
        }

        if (!model.Memory.Nodes.IsKnown)
        {
            tally.Add(Verdict.Unknown, $"The machine's nodes are not known: {Quote.Unseen(model.Memory.Nodes)}", Quote.Of(model.Memory.Nodes));
            return;
        }

        CpuSet nodes = GuestFacts.DeviceNodes(model, definition, out GivenFunction? open);
        CpuSet? local = GuestFacts.CpusOf(model, nodes);
        if (open is not null || local is null)
        {
            tally.Add(Verdict.Unknown, open is not null ? $"Which node {open.Address} is on is not known: {GuestFacts.UnseenNode(open)}"
                : "Which CPUs a node has is not known. Read /sys/devices/system/node/node*/cpulist on the machine.", open is null ? null : GuestFacts.Cite(guest, open.Source));
        }
        else if (GuestFacts.VcpuCpus(definition) is not { } cpus)
        {
            tally.Add(Verdict.Note, $"Not every virtual CPU is pinned, so they may run on any node; the guest's functions are on node {nodes}.", GuestFacts.Cite(guest, "vcpupin"),
                new Remedy($"Pin them to CPUs of node {nodes}: {local}."));
        }
        else if (cpus.Except(local) is { Count: > 0 } away)
        {
            bool isSpread = definition.Cells.Count > 1 && away.Count < cpus.Count;
            tally.Add(isSpread ? Verdict.Note : Verdict.Warn, $"Virtual CPUs run on CPU {away}, which {(away.Count == 1 ? "is" : "are")} not on node {nodes} of the guest's functions.",
                GuestFacts.Cite(guest, $"cpus {cpus}"), new Remedy($"Pin them to CPUs of node {nodes}: {local}."));
        }
        else
        {
            tally.Add(Verdict.Pass, $"The virtual CPUs run on node {nodes} of the guest's functions.", GuestFacts.Cite(guest, $"cpus {cpus}"));
        }
    }
}
