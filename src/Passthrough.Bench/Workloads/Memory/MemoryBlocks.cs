using System.Buffers.Binary;
using System.Globalization;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Memory;

/// <summary>
/// Blocks of memory at different places that stay where they are while many runs chase through them, so that runs can be
/// compared by block. The kernel chooses the places; what is taken between the blocks and given back afterwards spreads them.
/// </summary>
public sealed class MemoryBlocks : IDisposable
{
    /// <summary>Name of the workload that the runs carry.</summary>
    public const string WorkloadName = "memory.chase.block";

    private readonly ISystemCalls _system;
    private readonly List<MemoryRegion> _blocks = [];
    private readonly List<nint> _reached = [];

    private MemoryBlocks(ISystemCalls system) => _system = system;

    /// <summary>How many.</summary>
    public int Count => _blocks.Count;

    /// <summary>Bytes of the last-level caches of some CPUs, which blocks have to be larger than; null when the kernel does not show them.</summary>
    public static long? CacheBytes(IReadOnlyList<int> cpus) => LastLevelCache.TotalBytes(LinuxSystemCalls.Instance, cpus);

    /// <summary>Takes and fills the blocks.</summary>
    /// <param name="count">How many blocks.</param>
    /// <param name="blockBytes">Bytes of each, a multiple of 2 MiB.</param>
    /// <param name="spreadBytes">Bytes taken between them altogether; 0 for none.</param>
    /// <exception cref="BenchException">The memory cannot be had.</exception>
    public static MemoryBlocks Allocate(int count, long blockBytes, long spreadBytes) =>
        Allocate(LinuxSystemCalls.Instance, count, blockBytes, spreadBytes);

    internal static MemoryBlocks Allocate(ISystemCalls system, int count, long blockBytes, long spreadBytes)
    {
        // Large pages keep the walk of page tables, which differs from block to block, out of the latency where the kernel gives them.
        PageKind kind = system.ReadText("/sys/kernel/mm/transparent_hugepage/enabled") is { } enabled && !enabled.Contains("[never]", StringComparison.Ordinal)
            ? PageKind.Transparent
            : PageKind.Base4K;
        long between = count > 1 ? spreadBytes / (count - 1) / MemoryRegion.HugePageBytes * MemoryRegion.HugePageBytes : 0;
        var blocks = new MemoryBlocks(system);
        var spacers = new List<MemoryRegion>();
        try
        {
            for (int block = 0; block < count; block++)
            {
                if (block > 0 && between > 0)
                {
                    spacers.Add(MemoryRegion.Allocate(system, between, kind, null));
                }

                MemoryRegion region = MemoryRegion.Allocate(system, blockBytes, kind, null);
                blocks._blocks.Add(region);
                ChaseMemory.Fill(region.Address, blockBytes, (ulong)block + 1);
                blocks._reached.Add(ChaseMemory.First(region.Address, ChaseMemory.LineBytes));
            }

            return blocks;
        }
        catch
        {
            blocks.Dispose();
            throw;
        }
        finally
        {
            spacers.ForEach(spacer => spacer.Dispose());
        }
    }

    /// <summary>
    /// Physical address of a block's first page as this machine counts it, in a guest the guest's; null when the kernel does not
    /// tell it (only root is told). Source: Documentation/admin-guide/mm/pagemap.rst.
    /// </summary>
    public long? PhysicalAddress(int block)
    {
        const ulong Present = 1UL << 63;
        const ulong FrameMask = (1UL << 55) - 1;
        const int PageBytes = 4096;
        int descriptor = _system.Open("/proc/self/pagemap", LinuxFlags.ReadOnly);
        if (descriptor < 0)
        {
            return null;
        }

        Span<byte> entry = stackalloc byte[sizeof(ulong)];
        nint read = _system.ReadAt(descriptor, entry, _blocks[block].Address / PageBytes * sizeof(ulong));
        _ = _system.Close(descriptor);
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(entry);
        return read == sizeof(ulong) && (value & Present) != 0 && (value & FrameMask) != 0 ? (long)((value & FrameMask) * PageBytes) : null;
    }

    /// <summary>The workload that chases through one block; its parameter "cpu" names the CPU.</summary>
    public WorkloadInfo Workload(int block) => new()
    {
        Name = WorkloadName,
        Summary = "Latency of dependent loads in one of several blocks of memory.",
        Metric = "latency",
        Unit = "nanoseconds",
        Parameters = [new("cpu", "0", "CPU that loads")],
        WhyNot = _ => null,
        Create = (given, _) => new BlockChase(this, block, int.Parse(given["cpu"], CultureInfo.InvariantCulture)),
    };

    /// <inheritdoc />
    public void Dispose()
    {
        _blocks.ForEach(block => block.Dispose());
        _blocks.Clear();
    }

    private sealed class BlockChase(MemoryBlocks blocks, int block, int cpu) : IWorkload, IRunsOnCpu
    {
        private const int Batch = 1024;

        public int? Cpu => cpu;

        public IReadOnlyDictionary<string, string> Parameters { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["block"] = block.ToString(CultureInfo.InvariantCulture),
            ["cpu"] = cpu.ToString(CultureInfo.InvariantCulture),
            ["sizeBytes"] = blocks._blocks[block].Bytes.ToString(CultureInfo.InvariantCulture),
        };

        public void Prepare()
        {
        }

        public void Execute(Stage stage)
        {
            // Going on where the last run ended: the lines before are those that a cache may still hold.
            nint at = blocks._reached[block];
            while (stage.Goes)
            {
                long startNs = Clock.NowNs;
                at = ChaseMemory.Follow(at, Batch);
                stage.RecordBatch(Clock.NowNs - startNs, Batch, (long)Batch * ChaseMemory.LineBytes);
            }

            blocks._reached[block] = at;
        }

        public IReadOnlyDictionary<string, double> Witness()
        {
            var witness = new Dictionary<string, double>();
            if (blocks._blocks[block].Pages() is { Alone: true } pages)
            {
                witness["hugePageBytes"] = pages.HugeBytes + pages.GiganticBytes;
            }

            if (blocks.PhysicalAddress(block) is { } address)
            {
                witness["physicalAddress"] = address;
            }

            return witness;
        }

        public void Dispose()
        {
        }
    }
}
