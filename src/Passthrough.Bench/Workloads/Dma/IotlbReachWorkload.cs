using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Nvme;
using Passthrough.Bench.Vfio;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads.Dma;

/// <summary>
/// Polled reads, one at a time, always of the same blocks, whose data goes to another IOVA page each time: all pages in turn in a
/// random order that stays the same. As long as the translations fit into the caches of device and IOMMU the latency stays; the
/// page count at which it rises is their reach.
/// </summary>
internal sealed class IotlbReachWorkload : IWorkload, IRunsOnCpu
{
    private readonly ISystemCalls _system;
    private readonly ParameterSet _parameters;
    private readonly PciAddress _device;
    private readonly VfioBackend _backend;
    private readonly PageKind _kind;
    private readonly int _readBytes;
    private readonly int _pageCount;
    private readonly long _seed;
    private NvmeSession? _session;
    private int[] _order = [];
    private int _at;

    /// <summary>Checks the parameters; nothing is opened.</summary>
    public IotlbReachWorkload(ISystemCalls system, ParameterSet parameters, PciAddress device)
    {
        _system = system;
        _parameters = parameters;
        _device = device;
        _backend = VfioFunctions.Backend(parameters);
        _kind = VfioFunctions.Pages(parameters, "4k", "2m");
        // A read inside one page touches one translation.
        _readBytes = (int)parameters.Multiple("blockSize", 512, PrpList.PageBytes);
        _pageCount = (int)parameters.Number("pageCount", 1, 1 << 20);
        _seed = parameters.Number("seed", 0, long.MaxValue);
        Cpu = parameters.OptionalNumber("cpu");
    }

    /// <inheritdoc />
    public int? Cpu { get; }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Parameters => _parameters.Values;

    private long PageBytes => _kind == PageKind.Huge2M ? MemoryRegion.HugePageBytes : PrpList.PageBytes;

    /// <inheritdoc />
    public void Prepare()
    {
        _session = NvmeSession.Open(_system, _parameters, _device, _backend);
        // Small pages that happen to lie side by side must not become one large IOMMU page.
        _session.Prepare(_parameters, _readBytes, depth: 1, batch: 1, _pageCount * PageBytes, _kind, _kind == PageKind.Base4K, CompletionWait.Poll);
        _session.Place(_pageCount, _readBytes, OffsetOf);
        _session.Verify(_pageCount, _readBytes, OffsetOf, Math.Max(1, _pageCount / 64));
        _order = Order(_pageCount, _seed);
    }

    /// <summary>All pages once, in a random order that a seed repeats.</summary>
    public static int[] Order(int count, long seed)
    {
        int[] order = new int[count];
        for (int i = 0; i < count; i++)
        {
            order[i] = i;
        }

        for (int i = count - 1; i > 0; i--)
        {
            // Fisher and Yates: a place among the first i + 1, drawn anew for every i.
            var places = new ReadPlaces((ulong)(i + 1), random: true, unchecked((seed * 0x100000) + i) & long.MaxValue);
            int j = (int)places.Next();
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    /// <inheritdoc />
    public void MarkWitness() => _session!.Mark();

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        NvmeSession session = _session!;
        int[] order = _order;
        int at = _at;
        while (stage.Goes)
        {
            session.Put(0, order[at], 0);
            at = at + 1 == order.Length ? 0 : at + 1;
            long startNs = Clock.NowNs;
            session.Queue.Ring();
            session.Await();
            long endNs = Clock.NowNs;
            _ = session.TryReap(out _);
            session.Queue.Acknowledge();
            stage.Record(endNs - startNs, _readBytes);
        }

        _at = at;
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Witness()
    {
        Dictionary<string, double> witness = _session!.Witness(Cpu);
        witness["pagesInTurn"] = Math.Min(_pageCount, witness["completions"]);
        return witness;
    }

    /// <inheritdoc />
    public void Dispose() => _session?.Dispose();

    // Inside a large page another 4 KiB each time: always the same one would fall into the same set of every cache of data.
    private long OffsetOf(int page) => (page * PageBytes) + (_kind == PageKind.Huge2M ? page % 512 * (long)PrpList.PageBytes : 0);
}
