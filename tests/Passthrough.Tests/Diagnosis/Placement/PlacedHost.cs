using System.Globalization;
using Passthrough.Host.Cpu;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Tests.Diagnosis.Checks;

namespace Passthrough.Tests.Diagnosis.Placement;

/// <summary>Hosts of nodes, cores and pools for tests of placement.</summary>
internal static class PlacedHost
{
    public const long MiB = 1 << 20;

    public const long GiB = 1 << 30;

    /// <summary>Nodes of equal size. Threads of a core are numbered as Linux does on most servers: the second half of the CPUs are the second threads.</summary>
    public static HostModel Of(int nodes, int coresPerNode, int threads, string isolated = "", long nodeBytes = 64 * GiB, long freePages = 0)
    {
        int cores = nodes * coresPerNode;
        int[] all = [.. Enumerable.Range(0, cores * threads)];
        CpuSet Core(int core) => CpuSet.Of(Enumerable.Range(0, threads).Select(thread => core + (thread * cores)));
        HostModel blank = Models.Blank;
        return blank with
        {
            Cpu = blank.Cpu with
            {
                Online = Models.Known(CpuSet.Of(all)),
                Isolated = Models.Known(CpuSet.TryParse(isolated, out CpuSet set) ? set : CpuSet.Empty),
                Cpus = [.. all.Select(cpu => new CpuCore(cpu, Models.Known(0L), Models.Known((long)(cpu % cores)), Models.Known(Core(cpu % cores)), Models.None<string>(), Models.None<string>()))],
            },
            Memory = blank.Memory with
            {
                Nodes = Models.Known<IReadOnlyList<NumaNode>>([.. Enumerable.Range(0, nodes).Select(node => new NumaNode
                {
                    Id = node,
                    Cpus = Models.Known(CpuSet.Of(Enumerable.Range(node * coresPerNode, coresPerNode).SelectMany(core => Core(core).Members))),
                    MemoryBytes = Models.Known(nodeBytes),
                    FreeBytes = Models.Known(nodeBytes),
                    Distances = Models.Known<IReadOnlyList<int>>([.. Enumerable.Range(0, nodes).Select(other => other == node ? 10 : 10 + (11 * Math.Abs(other - node)))]),
                    HugePages = Pools(freePages),
                })]),
                HugePages = Pools(freePages * nodes),
            },
        };
    }

    /// <summary>A function on a node.</summary>
    public static PciDevice Device(string address, long node, uint classCode = 0x010802, string group = "1", params PciBar[] bars) =>
        DeviceCase.Device(address, "vfio-pci", classCode, group) with
        {
            NumaNode = Models.Known(node),
            Bars = Models.Known<IReadOnlyList<PciBar>>(bars),
        };

    private static Passthrough.Host.Evidence.Reading<IReadOnlyList<HugePagePool>> Pools(long free) => Models.Known<IReadOnlyList<HugePagePool>>(
        [new HugePagePool(2 * MiB, Models.Known(free), Models.Known(free), Models.Known(0L)), new HugePagePool(GiB, Models.Known(0L), Models.Known(0L), Models.Known(0L))],
        free.ToString(CultureInfo.InvariantCulture));
}
