using System.Globalization;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Host.Cpu;

namespace Passthrough.Bench.Workloads.Memory;

/// <summary>
/// Bandwidth of the triad. Bytes are counted as STREAM counts them: two arrays read and one written, 24 an element; what
/// a processor reads besides, to fill a line before it is written, is not counted. Source: McCalpin, "STREAM: Sustainable
/// Memory Bandwidth in High Performance Computers".
/// </summary>
internal sealed class MemoryStreamWorkload : IWorkload, IRunsOnCpu
{
    /// <summary>STREAM's rule: each array at least four times the caches in use.</summary>
    private const int TimesCache = 4;

    /// <summary>Bytes of an array where the kernel shows no caches, as in many emulated machines.</summary>
    private const long BytesWithoutCacheSize = 256L << 20;

    private readonly ISystemCalls _system;
    private readonly ParameterSet _parameters;
    private readonly long _bytes;
    private readonly long? _cacheBytes;
    private readonly int? _node;
    private readonly IReadOnlyList<int> _cpus;
    private readonly TriadCrew _crew;

    /// <summary>Checks the parameters; nothing is allocated.</summary>
    public MemoryStreamWorkload(ISystemCalls system, ParameterSet parameters)
    {
        _system = system;
        _parameters = parameters;
        PageKind kind = PageCheck.Kind(parameters);
        _cpus = Cpus(parameters);
        _node = parameters.OptionalNumber("node");
        _cacheBytes = LastLevelCache.TotalBytes(system, _cpus.Count > 0 ? _cpus : [0]);

        // Every thread takes the same number of whole pages.
        long unit = PageCheck.UnitOf(kind) * Math.Max(1, _cpus.Count);
        if (parameters.Text("sizeBytes") == "auto")
        {
            long least = _cacheBytes * TimesCache ?? BytesWithoutCacheSize;
            parameters.Resolve("sizeBytes", ((least + unit - 1) / unit * unit).ToString(CultureInfo.InvariantCulture));
        }

        _bytes = parameters.Multiple("sizeBytes", unit, 1L << 40);
        int bits = VectorBits(parameters);
        long part = _bytes / Math.Max(1, _cpus.Count);
        _crew = new TriadCrew(system, _cpus, () => TriadPart.Make(system, part, kind, _node, bits));
    }

    /// <inheritdoc />
    public int? Cpu => _cpus.Count > 0 ? _cpus[0] : null;

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Parameters => _parameters.Values;

    /// <inheritdoc />
    public void Prepare()
    {
        _crew.Prepare();
        foreach (TriadPart part in _crew.Parts)
        {
            _ = part.HugeBytes();
        }
    }

    /// <inheritdoc />
    public void MarkWitness()
    {
        foreach (TriadPart part in _crew.Parts)
        {
            part.Spoil();
        }
    }

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        long bytes = 3 * _bytes;
        while (stage.Goes)
        {
            long startNs = Clock.NowNs;
            _crew.Pass();
            stage.Record(Clock.NowNs - startNs, bytes);
        }
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Witness()
    {
        long verified = 0;
        foreach (TriadPart part in _crew.Parts)
        {
            if (part.FirstWrong() is { } index)
            {
                throw new BenchException(string.Create(CultureInfo.InvariantCulture,
                    $"the triad computed a wrong value at element {index}: the memory or the processor is faulty, and no bandwidth is told."));
            }

            verified += part.Count;
        }

        var witness = new Dictionary<string, double> { ["verifiedElements"] = verified };
        if (_cacheBytes is { } cache)
        {
            witness["arrayToCacheRatio"] = _bytes / (double)cache;
        }

        if (_crew.Parts.All(part => part.HugeBytes() is not null))
        {
            witness["hugePageBytes"] = _crew.Parts.Sum(part => part.HugeBytes()!.Value);
        }

        if (ShareOnNode() is { } share)
        {
            witness["pagesOnNode"] = share;
        }

        return witness;
    }

    /// <inheritdoc />
    public void Dispose() => _crew.Dispose();

    /// <summary>Share of all pages that lie on the node of the CPU that works on them, or, without CPUs, on the node they were bound to.</summary>
    private double? ShareOnNode()
    {
        var shares = new List<double>();
        int number = 0;
        foreach (TriadPart part in _crew.Parts)
        {
            int? node = NumaPlacement.NodeOf(_system, _cpus.Count > 0 ? _cpus[number] : null) ?? _node;
            if (node is not { } known || part.ShareOnNode(_system, known) is not { } share)
            {
                return null;
            }

            shares.Add(share);
            number++;
        }

        return shares.Average();
    }

    private static IReadOnlyList<int> Cpus(ParameterSet parameters)
    {
        string text = parameters.Text("cpus");
        return text == ParameterSet.Any ? []
            : CpuSet.TryParse(text, out CpuSet set) && set.Count > 0 ? set.Members
            : throw parameters.Wrong("cpus", "\"any\" or a list such as 0-3,8");
    }

    private static int VectorBits(ParameterSet parameters)
    {
        int widest = TriadKernel.WidestBits;
        if (parameters.Choice("vectorBits", "auto", "512", "256", "128", "plain") == "auto")
        {
            parameters.Resolve("vectorBits", widest == 0 ? "plain" : widest.ToString(CultureInfo.InvariantCulture));
        }

        if (parameters.Text("vectorBits") == "plain")
        {
            return 0;
        }

        int bits = int.Parse(parameters.Text("vectorBits"), CultureInfo.InvariantCulture);
        return bits <= widest ? bits : throw new BenchException(string.Create(CultureInfo.InvariantCulture,
            $"this processor has no streaming stores of {bits} bits for this program: its widest are of {widest}; leave vectorBits=auto."));
    }
}
