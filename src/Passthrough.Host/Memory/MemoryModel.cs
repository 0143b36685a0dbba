using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Memory;

/// <summary>Memory: totals, NUMA nodes, huge pages per node and size, transparent huge pages.</summary>
public sealed record MemoryInfo
{
    /// <summary>MemTotal of /proc/meminfo, bytes.</summary>
    public required Reading<long> TotalBytes { get; init; }

    /// <summary>MemAvailable, bytes.</summary>
    public required Reading<long> AvailableBytes { get; init; }

    /// <summary>Hugepagesize: the default size, bytes. /proc/meminfo's HugePages_* speak of this size only.</summary>
    public required Reading<long> DefaultHugePageBytes { get; init; }

    /// <summary>Nodes, ordered; the reading says why there is none (no NUMA support, not recorded).</summary>
    public required Reading<IReadOnlyList<NumaNode>> Nodes { get; init; }

    /// <summary>Pools of the whole machine, /sys/kernel/mm/hugepages, ordered by size.</summary>
    public required Reading<IReadOnlyList<HugePagePool>> HugePages { get; init; }

    /// <summary>transparent_hugepage/enabled: the chosen word.</summary>
    public required Reading<string> TransparentHugePages { get; init; }

    /// <summary>kernel.numa_balancing.</summary>
    public required Reading<long> NumaBalancing { get; init; }

    /// <summary>hugetlbfs mounts of /proc/mounts: mount point and page size option.</summary>
    public required Reading<IReadOnlyList<string>> HugetlbfsMounts { get; init; }

    /// <summary>Nodes, empty when not known.</summary>
    public IReadOnlyList<NumaNode> AllNodes => Nodes.Or([])!;
}

/// <summary>One NUMA node.</summary>
public sealed record NumaNode
{
    /// <summary>Number.</summary>
    public required int Id { get; init; }

    /// <summary>cpulist (or cpumap).</summary>
    public required Reading<CpuSet> Cpus { get; init; }

    /// <summary>MemTotal of the node's meminfo, bytes.</summary>
    public required Reading<long> MemoryBytes { get; init; }

    /// <summary>MemFree, bytes.</summary>
    public required Reading<long> FreeBytes { get; init; }

    /// <summary>distance to nodes 0, 1, …; 10 is local.</summary>
    public required Reading<IReadOnlyList<int>> Distances { get; init; }

    /// <summary>Pools of the node, ordered by size.</summary>
    public required Reading<IReadOnlyList<HugePagePool>> HugePages { get; init; }
}

/// <summary>One pool. Source: Documentation/admin-guide/mm/hugetlbpage.rst.</summary>
public sealed record HugePagePool(long SizeBytes, Reading<long> Total, Reading<long> Free, Reading<long> Surplus)
{
    /// <summary>nr_overcommit_hugepages: pages the kernel may add on demand; only the machine's pools have it.</summary>
    public Reading<long> Overcommit { get; init; } = Reading.Missing<long>(Outcome.NotRecorded, "nr_overcommit_hugepages");
}
