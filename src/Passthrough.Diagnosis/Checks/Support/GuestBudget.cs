using System.Numerics;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Guests;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>Huge pages that a guest takes from some nodes.</summary>
/// <param name="SizeBytes">Page size.</param>
/// <param name="Nodes">The host's nodes that may give them; null for any.</param>
/// <param name="Pages">How many.</param>
/// <param name="Bytes">The memory they hold.</param>
internal sealed record PageDemand(long SizeBytes, CpuSet? Nodes, long Pages, long Bytes);

/// <summary>The arithmetic of what a guest takes from its host.</summary>
internal static class GuestBudget
{
    /// <summary>What libvirt adds to a guest's memory for its own needs and MMIO (qemu_domain.c, getPPC64… aside: 1 GiB on all but POWER).</summary>
    public const long LockOverhead = 1L << 30;

    /// <summary>
    /// The huge pages a guest takes, by size and nodes; null when that cannot be told, with the reason and what to do.
    /// The nodeset of a page names the guest's own cells, that of numatune the host's nodes.
    /// </summary>
    public static IReadOnlyList<PageDemand>? Demands(HostModel model, GuestDefinition guest, out string open)
    {
        open = "";
        IReadOnlyList<GuestCell> cells = guest.Cells.Count > 0 ? guest.Cells : [new GuestCell(0, null, guest.TotalBytes)];
        var demands = new List<PageDemand>();
        foreach (GuestCell cell in cells)
        {
            if (cell.MemoryBytes is not { } bytes)
            {
                open = "The definition does not tell how much memory the guest has. Read its <memory> element.";
                return null;
            }

            GuestHugePages? own = guest.HugePages.FirstOrDefault(page => page.Nodeset is not null && GuestFacts.Members(page.Nodeset).Contains(cell.Id))
                ?? guest.HugePages.FirstOrDefault(page => page.Nodeset is null);
            if (own is null && guest.HugePages.Count > 0)
            {
                continue;
            }

            if (PageSize(model, own, out open) is not { } size)
            {
                return null;
            }

            demands.Add(new PageDemand(size, NodesOf(guest, cell.Id), ((bytes - 1) / size) + 1, bytes));
        }

        return [.. demands.GroupBy(demand => (demand.SizeBytes, Nodes: demand.Nodes?.ToString()))
            .Select(group => group.First() with { Pages = group.Sum(item => item.Pages), Bytes = group.Sum(item => item.Bytes) })];
    }

    /// <summary>The page sizes a guest asks for; null where one is not known, with the reason.</summary>
    public static long? PageSize(HostModel model, GuestHugePages? page, out string open)
    {
        open = "";
        if (page is { SizeBytes: { } stated and > 0 })
        {
            return stated;
        }

        if (page is not null)
        {
            open = "A page size of the definition is no amount. Read its <page> elements.";
            return null;
        }

        Reading<long> fallback = model.Memory.DefaultHugePageBytes;
        open = fallback.IsKnown ? "" : $"The guest takes the host's default page size, which is not known: {Quote.Unseen(fallback)}";
        return fallback is { IsKnown: true, Value: > 0 } ? fallback.Value : null;
    }

    /// <summary>Pages of a size on some nodes: a sum over readings that are all known, or the first that is not.</summary>
    public static Reading<long> Pages(HostModel model, long sizeBytes, CpuSet? nodes, Func<HugePagePool, Reading<long>> select)
    {
        if (nodes is null && model.Memory.HugePages.IsKnown)
        {
            HugePagePool? pool = model.Memory.HugePages.Value!.FirstOrDefault(item => item.SizeBytes == sizeBytes);
            return pool is null ? Reading.Of(0L, model.Memory.HugePages.Source) : select(pool);
        }

        if (!model.Memory.Nodes.IsKnown)
        {
            // A kernel without nodes has only the machine's pools, and those are node 0's.
            return NodeFacts.IsSingle(model) == true && model.Memory.HugePages.IsKnown ? Pages(model, sizeBytes, null, select)
                : Reading.Missing<long>(model.Memory.Nodes.Outcome, model.Memory.Nodes.Source, model.Memory.Nodes.Why);
        }

        long sum = 0;
        string source = model.Memory.Nodes.Source;
        foreach (NumaNode node in model.Memory.AllNodes.Where(node => nodes is null || nodes.Contains(node.Id)))
        {
            if (!node.HugePages.IsKnown && !node.HugePages.IsAbsent)
            {
                return Reading.Missing<long>(node.HugePages.Outcome, node.HugePages.Source, node.HugePages.Why);
            }

            if (node.HugePages.Or([])!.FirstOrDefault(item => item.SizeBytes == sizeBytes) is { } pool)
            {
                Reading<long> amount = select(pool);
                if (!amount.IsKnown)
                {
                    return amount;
                }

                sum += amount.Value;
                source = amount.Source;
            }
        }

        return Reading.Of(sum, source, FormattableString.Invariant($"{sum}"));
    }

    /// <summary>Functions that are pinned for: each has the guest's memory mapped for its DMA.</summary>
    public static int DmaFunctions(HostModel model, GuestDefinition guest) => GuestFacts.Functions(model, guest).Select(item => item.Address).Distinct().Count();

    /// <summary>
    /// Locked memory that libvirt allows: memory and 1 GiB; with a virtual IOMMU the memory once for each function, since 8.7.0
    /// (libvirt, qemuDomainGetMemLockLimitBytes; commit 8d5704e2c4). Null when the memory is not told.
    /// </summary>
    public static long? LockedBytes(HostModel model, GuestDefinition guest)
    {
        int factor = guest.Iommu is null ? 1 : Math.Max(1, DmaFunctions(model, guest));
        return guest.TotalBytes is { } bytes && bytes <= (long.MaxValue - LockOverhead) / factor ? (bytes * factor) + LockOverhead : null;
    }

    /// <summary>
    /// Bytes that the 64-bit BARs of the guest's functions take, each function's sum rounded up to a power of two as a bridge window
    /// aligns it; null with the function whose BARs are not known.
    /// </summary>
    public static ulong? MmioBytes(IReadOnlyList<GivenFunction> functions, out GivenFunction? open)
    {
        ulong sum = 0;
        open = null;
        foreach (GivenFunction function in functions)
        {
            if (function.Device is not { Bars.IsKnown: true })
            {
                open = function;
                return null;
            }

            ulong own = 0;
            foreach (PciBar bar in function.Device.Bars.Value!.Where(bar => bar is { Kind: PciBarKind.Memory64, Prefetchable: true }))
            {
                own += Math.Min(bar.SizeBytes, 1UL << 56);
            }

            sum += own == 0 ? 0 : BitOperations.RoundUpToPowerOf2(own);
        }

        return sum;
    }

    /// <summary>
    /// The 64-bit window of the guest: its pcihole64, else QEMU's default: 32 GiB on q35, 2 GiB on i440fx (hw/pci-host), 512 GiB on Arm's virt.
    /// </summary>
    public static (long Bytes, bool IsStated) MmioHole(GuestDefinition guest) =>
        guest.PciControllers.FirstOrDefault(controller => controller.PciHole64Bytes is not null)?.PciHole64Bytes is { } stated ? (stated, true)
        : guest.Architecture is "aarch64" ? (512L << 30, false)
        : guest.IsQ35 == true ? (32L << 30, false) : (2L << 30, false);

    /// <summary>An upper bound of the end of the guest's memory: q35 keeps at most 2 GiB below 4 GiB, and the rest begins there.</summary>
    public static long? EndOfMemory(GuestDefinition guest) => guest.TotalBytes is { } bytes and < 1L << 60 ? bytes <= 2L << 30 ? bytes : bytes + (2L << 30) : null;

    private static CpuSet? NodesOf(GuestDefinition guest, int cell)
    {
        GuestMemoryPolicy? policy = guest.NumaTune.FirstOrDefault(item => item.Cell == cell) ?? guest.NumaTune.FirstOrDefault(item => item.Cell is null);

        // A preferred node is a wish: memory comes from elsewhere when the node has none.
        return policy is not null && policy.Mode is not "preferred" && NodeSet.TryParse(policy.Nodeset, out CpuSet nodes) ? nodes : null;
    }
}
