using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;

namespace Passthrough.Host.Interrupts;

/// <summary>Reads interrupts and where they go. Sources: Documentation/core-api/irq/irq-affinity.rst, Documentation/networking/scaling.rst.</summary>
public static class InterruptReader
{
    private const string TablePath = "/proc/interrupts";

    /// <summary>Reads the table, the affinity of lines of PCI functions, receive packet steering and irqbalance.</summary>
    public static InterruptState Read(IEvidence evidence, PciInventory pci)
    {
        Reading<InterruptTable> table = evidence.Read(TablePath, static (string text, out InterruptTable value) =>
        {
            InterruptTable? parsed = InterruptTableParser.Parse(text);
            value = parsed!;
            return parsed is not null;
        });
        return new InterruptState
        {
            Table = table.IsKnown ? table with { Value = Complete(evidence, table.Value!, pci) } : table,
            DefaultAffinity = evidence.Read<CpuSet>("/proc/irq/default_smp_affinity", CpuSet.TryParseMask),
            ReceiveQueues = ReceiveQueueReader.Read(evidence),
            IrqBalanceRunning = IrqBalanceReader.Read(evidence),
            IrqBalanceSettings = IrqBalanceReader.ReadSettings(evidence),
        };
    }

    private static InterruptTable Complete(IEvidence evidence, InterruptTable table, PciInventory pci)
    {
        Dictionary<string, PciAddress> owners = Owners(pci);
        var known = pci.All.Select(device => device.Address).ToHashSet();
        return table with { Lines = [.. table.Lines.Select(line => Complete(evidence, line, owners, known))] };
    }

    private static InterruptLine Complete(IEvidence evidence, InterruptLine line, Dictionary<string, PciAddress> owners,
        HashSet<PciAddress> known)
    {
        PciAddress? device = line.Device;
        if (device is null && owners.TryGetValue(line.Irq, out PciAddress owner))
        {
            device = owner;
        }

        if (device is null && InterruptNames.FromHardwareNumber(line.Chip) is { } encoded && known.Contains(encoded))
        {
            device = encoded;
        }

        // A server has thousands of lines; three files a line are asked for only where a function is behind it.
        if (device is null && !line.IsVfio)
        {
            return line;
        }

        string folder = "/proc/irq/" + line.Irq;
        return line with
        {
            Device = device,
            Affinity = evidence.Read<CpuSet>(folder + "/smp_affinity_list", CpuSet.TryParse),
            EffectiveAffinity = evidence.Read<CpuSet>(folder + "/effective_affinity_list", CpuSet.TryParse),
            Node = evidence.ReadNumber(folder + "/node"),
        };
    }

    private static Dictionary<string, PciAddress> Owners(PciInventory pci)
    {
        var owners = new Dictionary<string, PciAddress>(StringComparer.Ordinal);
        foreach (PciDevice device in pci.All)
        {
            foreach (string irq in device.MsiIrqs.Or([]) ?? [])
            {
                owners.TryAdd(irq, device.Address);
            }
        }

        return owners;
    }
}
