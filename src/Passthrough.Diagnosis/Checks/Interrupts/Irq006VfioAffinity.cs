using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Interrupts;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>IRQ-006: interrupts of assigned devices are served near the device and off the isolated CPUs.</summary>
internal sealed class Irq006VfioAffinity : Check
{
    /// <inheritdoc />
    public override string Id => "IRQ-006";

    /// <inheritdoc />
    public override string Title => "VFIO interrupts are served near the device";

    /// <inheritdoc />
    public override Section Section => Section.Interrupts;

    /// <inheritdoc />
    public override Severity Severity => Severity.Medium;

    /// <inheritdoc />
    public override string Explanation =>
        "While a guest runs, an interrupt of its device is taken by a host CPU and passed on (unless it is posted to the guest directly). On a CPU of another NUMA node that costs latency; "
        + "on an isolated CPU it disturbs the guest's virtual CPU there. The lines exist only while the device is open.";

    /// <inheritdoc />
    public override string Criteria =>
        "Warn when an interrupt of a VFIO device is served by a CPU of another node than the device's. Note when it is served by an isolated CPU. Pass when neither. "
        + "Unknown when the table or an affinity was not read. Not applicable while no VFIO device is open.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: Documentation/core-api/irq/irq-affinity.rst", "Linux: Documentation/admin-guide/kernel-parameters.txt (irqaffinity, isolcpus)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Write CPUs of the device's node to /proc/irq/N/smp_affinity_list, and keep irqbalance from moving them (IRQBALANCE_BANNED_CPULIST).")];

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Reading<InterruptTable> table = model.Interrupts.Table;
        InterruptLine[] lines = [.. model.Interrupts.Lines.Where(line => line.IsVfio)];
        if (!table.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host", "The interrupt table is not known: " + Quote.Unseen(table), [Quote.Of(table)]);
        }
        else if (lines.Length == 0)
        {
            yield return Make(Verdict.NotApplicable, "host", "No interrupt of a VFIO device is in the table: none is open now. Look again while the guest runs.",
                [new Citation(table.Source, null, null)]);
        }

        foreach (IGrouping<PciAddress?, InterruptLine> group in lines.GroupBy(line => line.Device).OrderBy(group => group.Key))
        {
            yield return Judge(model, table.Source, group.Key is { } address ? model.Pci.Find(address) : null, group.Key?.ToString() ?? "host", [.. group]);
        }
    }

    private Finding Judge(HostModel model, string source, PciDevice? device, string subject, InterruptLine[] lines)
    {
        IReadOnlyList<NumaNode> nodes = model.Memory.AllNodes;
        NumaNode? home = device is { NumaNode.IsKnown: true } ? nodes.FirstOrDefault(node => node.Id == device.NumaNode.Value) : null;
        CpuSet isolated = model.Cpu.Isolated.Or(CpuSet.Empty)!;
        var far = new List<InterruptLine>();
        var onIsolated = new List<InterruptLine>();
        var unseen = new List<InterruptLine>();
        foreach (InterruptLine line in lines)
        {
            Reading<CpuSet> where = line.EffectiveAffinity.IsKnown ? line.EffectiveAffinity : line.Affinity;
            if (!where.IsKnown)
            {
                unseen.Add(line);
                continue;
            }

            if (nodes.Count > 1 && home is { Cpus.IsKnown: true } && where.Value!.Except(home.Cpus.Value!).Count > 0)
            {
                far.Add(line);
            }

            if (where.Value!.Intersect(isolated).Count > 0)
            {
                onIsolated.Add(line);
            }
        }

        Citation[] evidence = [.. (far.Count > 0 ? far : onIsolated.Count > 0 ? onIsolated : [.. lines]).Take(4).SelectMany(line => new[]
        {
            new Citation(source, line.Line, Reading.Shorten($"{line.Irq}: {line.Chip} {line.Action}")),
            Quote.Of(line.EffectiveAffinity.IsKnown ? line.EffectiveAffinity : line.Affinity),
        })];
        if (far.Count > 0)
        {
            return Make(Verdict.Warn, subject, $"{Quote.Count(far.Count, "VFIO interrupt")} of {subject} ({Quote.List(far.Select(line => line.Irq))}) may be served off its node {home!.Id}.",
                evidence, new Remedy($"Let CPUs of node {home.Id} serve them; the setting lasts until the guest closes the device.",
                    string.Join("; ", far.Take(8).Select(line => $"echo {home.Cpus.Value} > /proc/irq/{line.Irq}/smp_affinity_list"))));
        }

        if (onIsolated.Count > 0)
        {
            return Make(Verdict.Note, subject, $"{Quote.Count(onIsolated.Count, "VFIO interrupt")} of {subject} ({Quote.List(onIsolated.Select(line => line.Irq))}) "
                + "may be served by isolated CPUs: right only if that is meant.", evidence);
        }

        bool? single = NodeFacts.IsSingle(model);
        if (unseen.Count > 0 || !model.Cpu.Isolated.IsKnown)
        {
            return Make(Verdict.Unknown, subject, unseen.Count > 0
                ? $"Which CPUs serve interrupt {Quote.List(unseen.Select(line => line.Irq))} is not known: {Quote.Unseen(unseen[0].Affinity)}"
                : $"Which CPUs are isolated is not known: {Quote.Unseen(model.Cpu.Isolated)}", evidence);
        }

        if (single is null || (single == false && home is not { Cpus.IsKnown: true }))
        {
            return Make(Verdict.Unknown, subject, single is null
                ? $"Whether the machine has one memory node is not known: {Quote.Unseen(model.Memory.Nodes)}"
                : $"The NUMA node of {subject} is not known, so near and far cannot be told (NUM-001). Read its numa_node, or name the node from the board's manual.", evidence);
        }

        return Make(Verdict.Pass, subject, single == false
            ? $"Every VFIO interrupt of {subject} is served by CPUs of its node {home!.Id}."
            : $"The machine has one memory node, and no VFIO interrupt of {subject} is served by an isolated CPU.", evidence);
    }
}
