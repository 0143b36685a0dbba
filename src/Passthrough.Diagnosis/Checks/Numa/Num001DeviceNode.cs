using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>NUM-001: the NUMA node of a candidate is known.</summary>
internal sealed class Num001DeviceNode : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "NUM-001";

    /// <inheritdoc />
    public override string Title => "The device's NUMA node is known";

    /// <inheritdoc />
    public override Section Section => Section.Numa;

    /// <inheritdoc />
    public override Severity Severity => Severity.Medium;

    /// <inheritdoc />
    public override string Explanation =>
        "A guest's memory and virtual CPUs belong on the node of its device. The kernel takes the node from firmware; numa_node = -1 means that firmware did not say. "
        + "That is \"unknown\", not node 0: on a machine with one node it does not matter, on a larger one a guest may run far from its device unnoticed.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass on a machine with one node, or with a node that exists. Warn for -1 on several nodes, or a node that does not exist. Unknown when nodes or numa_node were not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: Documentation/ABI/testing/sysfs-bus-pci (numa_node)", "ACPI specification: SRAT and _PXM"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Update the firmware (it should give _PXM for the host bridge), or take the node from the board's manual and place the guest by hand. Writing numa_node taints the kernel.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        bool? single = NodeFacts.IsSingle(model);
        Citation[] evidence = [Quote.Of(device.NumaNode), Quote.Of(model.Memory.Nodes) with { Excerpt = Nodes(model) }];
        if (single == true)
        {
            yield return Make(Verdict.Pass, subject, $"The machine has one memory node, so every placement is near {subject}.", evidence);
        }
        else if (!device.NumaNode.IsKnown)
        {
            yield return Make(Verdict.Unknown, subject, $"The node of {subject} is not known: {Quote.Unseen(device.NumaNode)}", evidence);
        }
        else if (device.NumaNode.Value >= 0)
        {
            bool there = single is null || NodeFacts.Of(model, device) is not null;
            yield return there
                ? Make(Verdict.Pass, subject, FormattableString.Invariant($"{subject} is on node {device.NumaNode.Value}."), evidence)
                : Make(Verdict.Warn, subject, FormattableString.Invariant($"{subject} names node {device.NumaNode.Value}, which the machine does not have online."), evidence, Remedies);
        }
        else if (single is null)
        {
            yield return Make(Verdict.Unknown, subject, $"numa_node of {subject} is -1, which is harmless only on one node, and the machine's nodes are not known: {Quote.Unseen(model.Memory.Nodes)}",
                evidence);
        }
        else
        {
            PciDevice? port = Functions.Above(model, device).FirstOrDefault(above => above.NumaNode is { IsKnown: true, Value: >= 0 });
            string hint = port is null ? "No port above it names one either."
                : FormattableString.Invariant($"The port {port.Address} above it names node {port.NumaNode.Value}, which is likely the node.");
            yield return Make(Verdict.Warn, subject, FormattableString.Invariant($"The node of {subject} is unknown (numa_node is -1) on a machine with {model.Memory.AllNodes.Count} nodes. {hint}"),
                port is null ? evidence : [.. evidence, Quote.Of(port.NumaNode)], Remedies);
        }
    }

    private static string Nodes(HostModel model) => model.Memory.Nodes.IsKnown
        ? "nodes " + Quote.List(model.Memory.AllNodes.Select(node => node.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)))
        : $"({Quote.Outcome(model.Memory.Nodes)})";
}
