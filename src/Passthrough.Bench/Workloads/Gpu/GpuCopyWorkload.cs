using System.Diagnostics;
using System.Globalization;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads.Gpu;

/// <summary>
/// Copies between host memory and a GPU by its copy engine, timed by the GPU's own events: a start event, so many copies on
/// one stream, an end event, and the bytes over the time between the two, which is how nvbandwidth's copy-engine tests count.
/// It does not hold the stream back until all copies are queued, as nvbandwidth does with a kernel of its own, so that copies
/// of less than about a mebibyte show the cost of queueing them. With pageable memory the driver copies in pieces and the
/// events also hold its waiting.
/// </summary>
internal sealed unsafe class GpuCopyWorkload : IWorkload, IRunsOnCpu
{
    private readonly ISystemCalls _system;
    private readonly Func<ICudaDriver> _load;
    private readonly ParameterSet _parameters;
    private readonly bool _toDevice;
    private readonly GpuHostKind _kind;
    private readonly nint _bytes;
    private readonly int _copies;
    private readonly int _wakeMs;
    private readonly int? _node;
    private ICudaDriver? _driver;
    private GpuHostMemory? _host;
    private int? _retained;
    private nint _context;
    private ulong _device;
    private nint _stream;
    private nint _start;
    private nint _end;

    /// <summary>Checks the parameters; no library is loaded.</summary>
    public GpuCopyWorkload(ISystemCalls system, Func<ICudaDriver> load, ParameterSet parameters)
    {
        _system = system;
        _load = load;
        _parameters = parameters;
        _toDevice = parameters.Choice("direction", "h2d", "d2h") == "h2d";
        _kind = parameters.Choice("host", "pinned", "pageable", "hugepage") switch
        {
            "hugepage" => GpuHostKind.HugePage,
            "pageable" => GpuHostKind.Pageable,
            _ => GpuHostKind.Pinned,
        };
        _bytes = (nint)parameters.Multiple("sizeBytes", MemoryRegion.HugePageBytes, 1L << 36);
        _copies = (int)parameters.Number("copies", 1, 1024);
        _wakeMs = (int)parameters.Number("wakeMs", 0, 60_000);
        _node = parameters.OptionalNumber("node");
        Cpu = parameters.OptionalNumber("cpu");
    }

    /// <inheritdoc />
    public int? Cpu { get; }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Parameters => _parameters.Values;

    /// <inheritdoc />
    public void Prepare()
    {
        ICudaDriver driver = _load();
        _driver = driver;
        driver.Check(driver.Initialise(), "cuInit", "the driver");
        int device = Choose(driver);
        string name = _parameters.Text("device");
        driver.Check(driver.RetainContext(device, out _context), "cuDevicePrimaryCtxRetain", name);
        _retained = device;
        driver.Check(driver.MakeCurrent(_context), "cuCtxSetCurrent", name);
        driver.Check(driver.AllocateDevice(out _device, _bytes), "cuMemAlloc", $"{_bytes} bytes on {name}");
        _host = GpuHostMemory.Allocate(_system, driver, _kind, _bytes, _node);
        if (_kind == GpuHostKind.Pinned && _node is { } node && NumaPlacement.ShareOnNode(_system, _host.Address, _bytes, node) is { } share and < 1)
        {
            throw new BenchException(string.Create(CultureInfo.InvariantCulture,
                $"the driver was to take its page-locked memory from node {node}, and only {share:P0} of it lies there."));
        }

        driver.Check(driver.CreateStream(out _stream), "cuStreamCreate", name);
        driver.Check(driver.CreateEvent(out _start), "cuEventCreate", name);
        driver.Check(driver.CreateEvent(out _end), "cuEventCreate", name);
        WritePattern();
        CopyOnce(toDevice: true);
        Wake();
    }

    /// <inheritdoc />
    public void MarkWitness()
    {
        // What the copies write is made wrong, so that only copies of the measured stage can make it right.
        ICudaDriver driver = _driver!;
        if (_toDevice)
        {
            driver.Check(driver.Fill(_device, 0, _bytes), "cuMemsetD8", _parameters.Text("device"));
        }
        else
        {
            Clear();
        }
    }

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        while (stage.Goes)
        {
            long ns = Batch();
            stage.RecordBatch(ns, _copies, (long)_bytes * _copies);
            stage.AddDeviceTime(ns);
        }
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Witness()
    {
        if (_toDevice)
        {
            Clear();
            CopyOnce(toDevice: false);
        }

        if (FirstWrong() is { } offset)
        {
            throw new BenchException(string.Create(CultureInfo.InvariantCulture,
                $"the copied data are wrong at byte {offset}: the link, the memory or the driver is faulty, and no throughput is told."));
        }

        var witness = new Dictionary<string, double> { ["verifiedBytes"] = _bytes };
        if ((NumaPlacement.NodeOf(_system, Cpu) ?? _node) is { } node && NumaPlacement.ShareOnNode(_system, _host!.Address, _bytes, node) is { } share)
        {
            witness["pagesOnNode"] = share;
        }

        return witness;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_driver is null)
        {
            return;
        }

        if (_retained is { } device)
        {
            // The thread that disposes is another one than that which measured, and has no context yet.
            _ = _driver.MakeCurrent(_context);
            Destroy(ref _end, _driver.DestroyEvent);
            Destroy(ref _start, _driver.DestroyEvent);
            Destroy(ref _stream, _driver.DestroyStream);
            _host?.Dispose();
            if (_device != 0)
            {
                _ = _driver.FreeDevice(_device);
            }

            _ = _driver.MakeCurrent(0);
            _ = _driver.ReleaseContext(device);
        }

        _driver.Dispose();
        _driver = null;
    }

    private static void Destroy(ref nint handle, Func<nint, int> call)
    {
        if (handle != 0)
        {
            _ = call(handle);
            handle = 0;
        }
    }

    /// <summary>The device that the parameter names, whose address then stands in the parameters.</summary>
    private int Choose(ICudaDriver driver)
    {
        string text = _parameters.Text("device");
        int device;
        if (text != ParameterSet.First && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            string address = PciAddress.TryParse(text, out PciAddress parsed)
                ? parsed.ToString()
                : throw _parameters.Wrong("device", "\"first\", a number from 0 or a PCI address such as 0000:01:00.0");
            driver.Check(driver.DeviceAt(address, out device), "cuDeviceGetByPCIBusId", address);
        }
        else
        {
            int ordinal = text == ParameterSet.First ? 0 : (int)_parameters.Number("device", 0, int.MaxValue);
            driver.Check(driver.DeviceCount(out int count), "cuDeviceGetCount", "the driver");
            if (ordinal >= count)
            {
                throw new BenchException(string.Create(CultureInfo.InvariantCulture, $"the driver offers {count} GPUs, so there is no number {ordinal}."));
            }

            driver.Check(driver.Device(ordinal, out device), "cuDeviceGet", text);
        }

        driver.Check(driver.AddressOf(device, out string found), "cuDeviceGetPCIBusId", text);
        _parameters.Resolve("device", PciAddress.TryParse(found, out PciAddress known) ? known.ToString() : found);
        return device;
    }

    /// <summary>
    /// An idle GPU clocks down and lets its link fall back to the slowest speed, and takes longer to come back than a short
    /// warm-up lasts: copies go on for a while before any stage begins.
    /// </summary>
    private void Wake()
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < _wakeMs)
        {
            _ = Batch();
        }
    }

    private long Batch()
    {
        ICudaDriver driver = _driver!;
        int result = driver.Record(_start, _stream);
        for (int i = 0; i < _copies && result == 0; i++)
        {
            result = _toDevice ? driver.CopyToDevice(_device, _host!.Address, _bytes, _stream) : driver.CopyToHost(_host!.Address, _device, _bytes, _stream);
        }

        result = result == 0 ? driver.Record(_end, _stream) : result;
        result = result == 0 ? driver.Synchronise(_stream) : result;
        float milliseconds = 0;
        result = result == 0 ? driver.Elapsed(_start, _end, out milliseconds) : result;
        driver.Check(result, _toDevice ? "a copy to the device (cuMemcpyHtoDAsync)" : "a copy to the host (cuMemcpyDtoHAsync)", _parameters.Text("device"));
        return milliseconds > 0
            ? (long)(milliseconds * 1e6)
            : throw new BenchException("the GPU's events saw no time pass during the copies: give more sizeBytes or copies.");
    }

    private void CopyOnce(bool toDevice)
    {
        ICudaDriver driver = _driver!;
        int result = toDevice ? driver.CopyToDevice(_device, _host!.Address, _bytes, _stream) : driver.CopyToHost(_host!.Address, _device, _bytes, _stream);
        driver.Check(result == 0 ? driver.Synchronise(_stream) : result, toDevice ? "cuMemcpyHtoDAsync" : "cuMemcpyDtoHAsync", _parameters.Text("device"));
    }

    // Safe, in the three below: the host's memory has exactly these bytes, a multiple of 2 MiB, and lives until Dispose.
    private void WritePattern()
    {
        ulong* words = (ulong*)_host!.Address;
        for (long i = 0; i < _bytes / sizeof(ulong); i++)
        {
            words[i] = Pattern(i);
        }
    }

    private void Clear()
    {
        ulong* words = (ulong*)_host!.Address;
        for (long i = 0; i < _bytes / sizeof(ulong); i++)
        {
            words[i] = 0;
        }
    }

    private long? FirstWrong()
    {
        ulong* words = (ulong*)_host!.Address;
        for (long i = 0; i < _bytes / sizeof(ulong); i++)
        {
            if (words[i] != Pattern(i))
            {
                return i * sizeof(ulong);
            }
        }

        return null;
    }

    // No word is zero and no two are alike, so that neither missing nor misplaced data pass.
    private static ulong Pattern(long index) => ((ulong)index + 1) * 0x9E3779B97F4A7C15;
}
