using Passthrough.Host.Cpu;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Placement;

/// <summary>
/// The cores of the host that guests may have, node by node. A core is given whole: two guests, or a guest and the host, on the two threads of
/// one core slow each other and see each other's traces.
/// </summary>
internal sealed class HostCores
{
    private readonly Dictionary<int, List<CpuSet>> _free = [];
    private readonly Dictionary<int, CpuSet> _house = [];

    /// <summary>Reads the cores; the sentence says why they are not known.</summary>
    public static HostCores? Of(HostModel model, out string why)
    {
        why = "";
        if (!model.Cpu.Online.IsKnown)
        {
            why = $"The CPUs that are online are not known: {Checks.Quote.Unseen(model.Cpu.Online)}";
            return null;
        }

        CpuSet online = model.Cpu.Online.Value!;
        CpuSet isolated = model.Cpu.Isolated.Or(null)?.Intersect(online) ?? CpuSet.Empty;
        var cores = new HostCores { IsIsolated = isolated.Count > 0, Doubts = [.. DoubtsOf(model)] };
        NumaNode[] nodes = [.. model.Memory.AllNodes.Where(node => node.Cpus.IsKnown && node.Cpus.Value!.Intersect(online).Count > 0)];
        foreach ((int id, CpuSet cpus) in nodes.Length == 0 ? [(NoNode, online)] : nodes.Select(node => (node.Id, node.Cpus.Value!.Intersect(online))))
        {
            CpuSet[] all = [.. CoresOf(model.Cpu, cpus)];

            // With isolated CPUs the administrator has said which are for guests. Without, the machine's first core stays the host's.
            CpuSet[] free = isolated.Count > 0
                ? [.. all.Where(core => core.Intersect(isolated).Count == core.Count)]
                : [.. all.Where(core => !core.Contains(online.Members[0]))];
            cores._free[id] = [.. free];
            cores._house[id] = cpus.Except(CpuSet.Of(free.SelectMany(core => core.Members)));
        }

        cores.HouseCpus = CpuSet.Of(cores._house.Values.SelectMany(set => set.Members));
        return cores;
    }

    /// <summary>The number that stands for a machine without nodes.</summary>
    public const int NoNode = -1;

    /// <summary>What was not read of the machine's CPUs and nodes, each a sentence: the placement does without it.</summary>
    public IReadOnlyList<string> Doubts { get; private init; } = [];

    /// <summary>Guests get isolated CPUs.</summary>
    public bool IsIsolated { get; private init; }

    /// <summary>The CPUs that stay with the host.</summary>
    public CpuSet HouseCpus { get; private set; } = CpuSet.Empty;

    /// <summary>The nodes with CPUs.</summary>
    public IEnumerable<int> Nodes => _free.Keys.Order();

    /// <summary>CPUs on a node that no guest has.</summary>
    public int FreeCpus(int node) => _free.TryGetValue(node, out List<CpuSet>? cores) ? cores.Sum(core => core.Count) : 0;

    /// <summary>The host's own CPUs on a node; where it has none, those of the machine.</summary>
    public CpuSet House(int node) => _house.TryGetValue(node, out CpuSet? own) && own.Count > 0 ? own : HouseCpus;

    /// <summary>Threads that each free core of a node has, when all have the same; else 1.</summary>
    public int ThreadsPerCore(int node) => _free[node] is { Count: > 0 } cores && cores.TrueForAll(core => core.Count == cores[0].Count) ? cores[0].Count : 1;

    /// <summary>Whole cores for a number of CPUs, the lowest first; they are no longer free.</summary>
    public IReadOnlyList<CpuSet> Take(int node, int cpus)
    {
        var taken = new List<CpuSet>();
        List<CpuSet> free = _free[node];
        for (int count = 0; count < cpus && free.Count > 0; count += taken[^1].Count)
        {
            taken.Add(free[0]);
            free.RemoveAt(0);
        }

        return taken;
    }

    private static IEnumerable<string> DoubtsOf(HostModel model)
    {
        if (!model.Cpu.Isolated.IsKnown)
        {
            yield return $"Which CPUs are isolated is not known, so none is taken as isolated: {Checks.Quote.Unseen(model.Cpu.Isolated)}";
        }

        if (!model.Memory.Nodes.IsKnown && !model.Memory.Nodes.IsAbsent)
        {
            yield return $"The memory nodes are not known, so nothing is placed by them: {Checks.Quote.Unseen(model.Memory.Nodes)}";
        }

        if (model.Cpu.Cpus.Count == 0 || model.Cpu.Cpus.Any(cpu => !cpu.Siblings.IsKnown))
        {
            yield return "Which CPUs are threads of one core was not read for all of them, so two guests may share a core.";
        }
    }

    private static IEnumerable<CpuSet> CoresOf(CpuInfo cpu, CpuSet among)
    {
        var seen = new HashSet<int>();
        Dictionary<int, CpuCore> known = cpu.Cpus.ToDictionary(core => core.Number);
        foreach (int number in among.Members)
        {
            if (seen.Contains(number))
            {
                continue;
            }

            CpuSet core = known.TryGetValue(number, out CpuCore? one) && one.Siblings.IsKnown && one.Siblings.Value!.Contains(number)
                ? one.Siblings.Value!.Intersect(among)
                : CpuSet.Of([number]);
            seen.UnionWith(core.Members);
            yield return core;
        }
    }
}
