using System.Globalization;
using Passthrough.Bench.Engine;

namespace Passthrough.Bench.Native;

/// <summary>Binds memory to a node and asks where its pages lie. Source: mbind(2), move_pages(2).</summary>
internal static class NumaPlacement
{
    /// <summary>Pages may come from this node only. Called before the first touch.</summary>
    public static void Bind(ISystemCalls system, nint address, nint bytes, int node)
    {
        Span<ulong> mask = stackalloc ulong[16];
        if (node < 0 || node >= mask.Length * 64)
        {
            throw new BenchException($"node {node} does not exist on this machine.");
        }

        mask.Clear();
        mask[node >> 6] = 1UL << (node & 63);
        int result = system.BindMemory(address, bytes, LinuxFlags.PolicyBind, mask, 0);
        if (result < 0)
        {
            throw Failure.Of("mbind", $"node {node}", result, result switch
            {
                -Errno.EINVAL => "the node does not exist, has no memory or is not allowed to this process (cpuset)",
                -Errno.ENOSYS => "this kernel is built without NUMA support",
                -Errno.EPERM => "a security policy forbids it",
                _ => null,
            });
        }
    }

    /// <summary>Holds memory against the node it was bound to: a matrix of nodes is worth nothing when pages lie elsewhere.</summary>
    public static void Verify(ISystemCalls system, MemoryRegion region, int? node)
    {
        if (node is { } number && ShareOnNode(system, region, number) is { } share and < 1)
        {
            throw new BenchException(string.Create(CultureInfo.InvariantCulture,
                $"the memory was bound to node {number}, and only {share:P0} of it lies there."));
        }
    }

    /// <summary>The node of a CPU; null without a CPU and where the kernel shows no nodes.</summary>
    public static int? NodeOf(ISystemCalls system, int? cpu)
    {
        if (cpu is not { } number || system.List($"/sys/devices/system/cpu/cpu{number}", out IReadOnlyList<string> names) < 0)
        {
            return null;
        }

        foreach (string name in names)
        {
            if (name.StartsWith("node", StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out int node))
            {
                return node;
            }
        }

        return null;
    }

    /// <summary>Share of the sampled pages that lie on a node, 0 to 1; null when the kernel does not tell.</summary>
    /// <param name="system">The seam.</param>
    /// <param name="region">Memory that was touched.</param>
    /// <param name="node">The node.</param>
    public static double? ShareOnNode(ISystemCalls system, MemoryRegion region, int node) => ShareOnNode(system, region.Address, region.Bytes, node);

    /// <summary>The same of any touched memory; null also where the kernel does not tell of a single page, as of memory that a driver maps.</summary>
    public static double? ShareOnNode(ISystemCalls system, nint address, long bytes, int node)
    {
        // A page every 2 MiB or finer: at most 4096 questions however large the region is.
        long step = Math.Max(4096, bytes / 4096 / 4096 * 4096);
        int count = (int)((bytes + step - 1) / step);
        nint[] pages = new nint[count];
        int[] nodes = new int[count];
        for (int i = 0; i < count; i++)
        {
            pages[i] = address + (nint)(i * step);
        }

        if (system.WherePagesLie(pages, nodes) < 0)
        {
            return null;
        }

        // A negative answer is an errno for that page: its place is not known.
        int known = nodes.Count(answer => answer >= 0);
        return known == 0 ? null : nodes.Count(answer => answer == node) / (double)known;
    }
}
