using System.Globalization;
using Passthrough.Bench.Native;
using Passthrough.Bench.Workloads.Interrupts;
using Passthrough.Host.Cpu;

namespace Passthrough.Bench.Workloads.Network;

/// <summary>Where an interface's interrupts and the network's soft interrupts were served between a mark and now.</summary>
internal sealed class NetworkWitness(ISystemCalls system, string name, int? threadCpu)
{
    private readonly IReadOnlyList<string> _lines = NetworkPath.InterruptsOf(system, name);
    private InterruptCounts? _interrupts;
    private SoftnetCounts? _softnet;

    /// <summary>The line that served the most since the mark: what a study routes; null when none of the device's lines moved.</summary>
    public string? Busiest() => _interrupts is { } mark && InterruptCounts.Read(system) is { } now
        ? _lines.Select(line => (Line: line, Count: now.Total(line) - mark.Total(line)))
            .Where(item => item.Count > 0).OrderByDescending(item => item.Count).Select(item => item.Line).FirstOrDefault()
        : null;

    /// <summary>Remembers where the counters stand.</summary>
    public void Mark()
    {
        _interrupts = InterruptCounts.Read(system);
        _softnet = SoftnetCounts.Read(system);
    }

    /// <summary>Adds what moved since the mark; what could not be read is left out.</summary>
    public void AddTo(Dictionary<string, double> witness)
    {
        if (_lines.Count > 0 && _interrupts is { } mark && InterruptCounts.Read(system) is { } now)
        {
            AddShares(witness, "interrupts", "interruptShareCpu", now.Cpus.Select(cpu =>
                (cpu, _lines.Sum(line => now.OnCpu(line, cpu) - mark.OnCpu(line, cpu) ?? 0))));
            if (threadCpu is { } own)
            {
                double share = witness.GetValueOrDefault(string.Create(CultureInfo.InvariantCulture, $"interruptShareCpu{own}"));
                witness["onThreadCpu"] = share;
            }
        }

        if (_softnet is { } before && SoftnetCounts.Read(system) is { } after)
        {
            AddShares(witness, "softnetProcessed", "softnetShareCpu", after.Rows.Select(row => (row.Key, Moved(row.Value.Processed, before.Of(row.Key).Processed))));
            witness["softnetDropped"] = after.Rows.Sum(row => Moved(row.Value.Dropped, before.Of(row.Key).Dropped));
            witness["softnetSqueezed"] = after.Rows.Sum(row => Moved(row.Value.Squeezed, before.Of(row.Key).Squeezed));
            witness["softnetSteered"] = after.Rows.Sum(row => Moved(row.Value.Steered, before.Of(row.Key).Steered));
        }

        if (SteeringCpus() is { } cpus)
        {
            witness["rpsCpus"] = cpus;
        }
    }

    // The kernel prints 32 bits of each counter, so it wraps.
    private static long Moved(long now, long before) => unchecked((uint)(now - before));

    // A share for each CPU that did any of it: a machine may have hundreds.
    private static void AddShares(Dictionary<string, double> witness, string totalName, string shareName, IEnumerable<(int Cpu, long Count)> counts)
    {
        (int Cpu, long Count)[] moved = [.. counts.Where(item => item.Count > 0)];
        long total = moved.Sum(item => item.Count);
        witness[totalName] = total;
        foreach ((int cpu, long count) in moved)
        {
            witness[string.Create(CultureInfo.InvariantCulture, $"{shareName}{cpu}")] = count / (double)total;
        }
    }

    /// <summary>CPUs that receive packet steering may use, over all queues; null when no queue tells. Source: Documentation/networking/scaling.rst.</summary>
    private int? SteeringCpus()
    {
        string folder = $"/sys/class/net/{name}/queues";
        if (system.List(folder, out IReadOnlyList<string> queues) != 0)
        {
            return null;
        }

        var cpus = new HashSet<int>();
        bool told = false;
        foreach (string queue in queues.Where(queue => queue.StartsWith("rx-", StringComparison.Ordinal)))
        {
            if (system.ReadText($"{folder}/{queue}/rps_cpus")?.Trim() is { } mask && CpuSet.TryParseMask(mask, out CpuSet set))
            {
                told = true;
                cpus.UnionWith(set.Members);
            }
        }

        return told ? cpus.Count : null;
    }
}
