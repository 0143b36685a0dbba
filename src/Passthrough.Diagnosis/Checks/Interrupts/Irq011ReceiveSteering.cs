using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Interrupts;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>IRQ-011: receive packet steering keeps to the right CPUs.</summary>
internal sealed class Irq011ReceiveSteering : Check
{
    /// <inheritdoc />
    public override string Id => "IRQ-011";

    /// <inheritdoc />
    public override string Title => "Packet steering keeps off isolated CPUs";

    /// <inheritdoc />
    public override Section Section => Section.Interrupts;

    /// <inheritdoc />
    public override Severity Severity => Severity.Low;

    /// <inheritdoc />
    public override string Explanation =>
        "Receive packet steering hands packets of a queue to the CPUs in rps_cpus. The value is a hex mask with a comma after each 32 bits, not a number of CPUs or queues: 8 means CPU 3. "
        + "A mask with isolated CPUs disturbs the guests there, one with CPUs of another node costs memory traffic. Zero, the default, means that the CPU that took the interrupt does the work.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when no mask holds an isolated CPU or one of another node than the interface's. Warn with an isolated CPU, note with one of another node. Unknown when masks, isolation or nodes were not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/networking/scaling.rst", "Linux: Documentation/ABI/testing/sysfs-class-net-queues"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Write a mask of CPUs of the interface's node that run the host, or 0, to the queue's rps_cpus.")];

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        IReadOnlyList<ReceiveQueue> queues = model.Interrupts.ReceiveQueues;
        if (queues.Count == 0)
        {
            yield return Make(Verdict.Unknown, "host", "No receive queue was seen. Look at /sys/class/net/*/queues on the running machine.", [new Citation("/sys/class/net", null, null)]);
            yield break;
        }

        Reading<CpuSet> isolated = model.Cpu.Isolated;
        ReceiveQueue[] set = [.. queues.Where(queue => queue.Cpus.IsKnown && queue.Cpus.Value!.Count > 0)];
        ReceiveQueue[] wrong = [.. set.Where(queue => queue.Cpus.Value!.Intersect(isolated.Or(CpuSet.Empty)!).Count > 0)];
        ReceiveQueue[] far = [.. set.Where(queue => Home(model, queue) is { Cpus.IsKnown: true } home && NodeFacts.IsSingle(model) == false && queue.Cpus.Value!.Except(home.Cpus.Value!).Count > 0)];
        ReceiveQueue? unread = queues.FirstOrDefault(queue => !queue.Cpus.IsKnown && !queue.Cpus.IsAbsent);
        Citation[] evidence = [.. (wrong.Length > 0 ? wrong : far.Length > 0 ? far : set.Length > 0 ? set : queues).Take(4).Select(queue => Quote.Of(queue.Cpus)), Quote.Of(isolated)];
        if (wrong.Length > 0)
        {
            yield return Make(Verdict.Warn, "host", $"Packets are steered to isolated CPUs: {Quote.List(wrong.Select(Words), 4)}.", evidence, Remedies);
        }
        else if (unread is not null)
        {
            yield return Make(Verdict.Unknown, "host", $"Where the packets of {unread.Interface} are steered is not known: {Quote.Unseen(unread.Cpus)}", evidence);
        }
        else if (set.Length > 0 && (!isolated.IsKnown || set.Any(queue => queue.Device is not null && NodeFacts.IsSingle(model) != true && Home(model, queue) is not { Cpus.IsKnown: true })))
        {
            yield return Make(Verdict.Unknown, "host", isolated.IsKnown ? "Packets are steered; of an interface the node is not known (NUM-001). Read its numa_node."
                : $"Packets are steered; which CPUs are isolated is not known: {Quote.Unseen(isolated)}", evidence);
        }
        else if (far.Length > 0)
        {
            yield return Make(Verdict.Note, "host", $"Packets are steered to CPUs of another node: {Quote.List(far.Select(Words), 4)}.", evidence, Remedies);
        }
        else
        {
            yield return Make(Verdict.Pass, "host", set.Length == 0 ? "No packets are steered: the CPU that takes a queue's interrupt does the work." : $"Packets are steered, and to no isolated or remote CPU: {Quote.List(set.Select(Words), 4)}.", evidence);
        }
    }

    private static NumaNode? Home(HostModel model, ReceiveQueue queue) =>
        queue.Device is { } address && model.Pci.Find(address) is { } device ? NodeFacts.Of(model, device) : null;

    private static string Words(ReceiveQueue queue) => $"{queue.Interface} {queue.Queue} to CPU {queue.Cpus.Value}";
}
