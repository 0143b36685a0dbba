using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;

namespace Passthrough.Host.Interrupts;

/// <summary>Reads receive packet steering masks. Source: Documentation/ABI/testing/sysfs-class-net-queues.</summary>
public static class ReceiveQueueReader
{
    private const string Root = "/sys/class/net";

    /// <summary>One entry a receive queue of every interface.</summary>
    public static IReadOnlyList<ReceiveQueue> Read(IEvidence evidence)
    {
        var queues = new List<ReceiveQueue>();
        Reading<IReadOnlyList<string>> interfaces = evidence.List(Root);
        if (!interfaces.IsKnown && !interfaces.IsAbsent)
        {
            queues.Add(Unseen("*", interfaces));
        }

        foreach (string name in interfaces.Or([])!)
        {
            string folder = Root + "/" + name;
            Reading<IReadOnlyList<string>> listed = evidence.List(folder + "/queues");

            // A file such as bonding_masters stands among the interfaces and has no queues.
            if (listed.Outcome is Outcome.Denied or Outcome.NotRecorded or Outcome.Withheld)
            {
                queues.Add(Unseen(name, listed));
            }

            List<string> names = [.. listed.Or([])!
                .Where(queue => queue.StartsWith("rx-", StringComparison.Ordinal))];
            if (names.Count == 0)
            {
                continue;
            }

            PciAddress? device = Device(evidence, folder);
            foreach (string queue in names)
            {
                queues.Add(new ReceiveQueue(name, queue,
                    evidence.Read<CpuSet>(folder + "/queues/" + queue + "/rps_cpus", CpuSet.TryParseMask), device));
            }
        }

        return queues;
    }

    /// <summary>The last PCI function in a link's target: the interface's own function, also with virtio between.</summary>
    public static PciAddress? LastFunction(string target)
    {
        foreach (string name in target.Split('/').Reverse())
        {
            if (PciAddress.TryParse(name, out PciAddress address))
            {
                return address;
            }
        }

        return null;
    }

    /// <summary>Stands for the queues of an interface that could not be listed, so that they are not taken for none.</summary>
    private static ReceiveQueue Unseen(string name, Reading<IReadOnlyList<string>> listing) =>
        new(name, "rx-*", Reading.Missing<CpuSet>(listing.Outcome, listing.Source, listing.Why), null);

    private static PciAddress? Device(IEvidence evidence, string folder)
    {
        Answer link = evidence.Ask(Question.Link(folder));
        if (link.IsFound && LastFunction(link.Text.Trim()) is { } address)
        {
            return address;
        }

        Answer device = evidence.Ask(Question.Link(folder + "/device"));
        return device.IsFound ? LastFunction(device.Text.Trim()) : null;
    }
}
