using Passthrough.Host.Cpu;
using Passthrough.Host.Guests;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>NUM-003: the guest's memory is bound to the node of its functions.</summary>
internal sealed class Num003GuestMemory : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "NUM-003";

    /// <inheritdoc />
    public override string Title => "Guest memory is on the device's node";

    /// <inheritdoc />
    public override Section Section => Section.Numa;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "DMA into memory of another node crosses the link between sockets. Only a strict numatune binds the memory; preferred is a wish, and without numatune "
        + "memory comes from where the thread runs that touches it first. Where the pages of a running guest really are is not read.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass on one node, or with a strict binding to the functions' nodes. Warn when the binding names other nodes; Note when it is not strict, or missing, "
        + "or the guest has cells on several nodes. Unknown when nodes were not read or firmware does not tell the node.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["libvirt: domain XML format, <numatune>", "Linux: Documentation/admin-guide/mm/numa_memory_policy.rst"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Bind the memory: <numatune><memory mode='strict' nodeset='N'/></numatune> with the node of the function.")];

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
        Citation line = GuestFacts.Cite(guest, Quote.List(definition.NumaTune.Select(policy => $"{policy.Mode} {policy.Nodeset ?? policy.Placement}").DefaultIfEmpty("no numatune")));
        Remedy bind = new($"Bind it: <numatune><memory mode='strict' nodeset='{nodes}'/></numatune>.");
        if (open is not null)
        {
            tally.Add(Verdict.Unknown, $"Which node {open.Address} is on is not known: {GuestFacts.UnseenNode(open)}", GuestFacts.Cite(guest, open.Source));
        }
        else if (GuestFacts.MemoryNodes(definition) is not { } memory)
        {
            tally.Add(Verdict.Note, $"The guest's memory is not bound to nodes by name; its functions are on node {nodes}.", line, bind);
        }
        else if (memory.Except(nodes) is { Count: > 0 } away)
        {
            bool isSpread = definition.Cells.Count > 1 && away.Count < memory.Count;
            tally.Add(isSpread ? Verdict.Note : Verdict.Warn, $"The guest's memory also comes from node {away}; its functions are on node {nodes}.", line, bind);
        }
        else
        {
            bool isStrict = definition.NumaTune.All(policy => policy.Mode is null or "strict" or "restrictive" || memory.Count > 1);
            tally.Add(isStrict ? Verdict.Pass : Verdict.Note, isStrict ? $"The guest's memory is bound to node {nodes} of its functions."
                : $"The guest's memory is wanted from node {nodes} but not bound to it.", line, isStrict ? null : bind);
        }
    }
}
