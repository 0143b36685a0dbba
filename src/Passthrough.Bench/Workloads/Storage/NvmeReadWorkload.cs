using System.Globalization;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Uring;
using Passthrough.Bench.Workloads.Interrupts;

namespace Passthrough.Bench.Workloads.Storage;

/// <summary>
/// Direct reads of an NVMe namespace with a constant number in flight (closed loop). The latency of a read runs from the call
/// that submits it to its reaping.
/// </summary>
internal sealed class NvmeReadWorkload : IWorkload, IRunsOnCpu
{
    private readonly ISystemCalls _system;
    private readonly ParameterSet _parameters;
    private readonly Func<NvmeNamespace> _find;
    private readonly int _blockBytes;
    private readonly int _depth;
    private readonly bool _random;
    private readonly long[] _startNs;
    private readonly int[] _queued;
    private NvmeNamespace? _target;
    private Descriptor? _file;
    private MemoryRegion? _buffer;
    private ReadRing? _ring;
    private int _queuedCount;
    private ulong _state;
    private long _next;
    private long _blocks;
    private long _completions;
    private long _completionsMark;
    private long? _interruptsMark;

    /// <summary>Checks the parameters; nothing is opened.</summary>
    /// <param name="system">The seam.</param>
    /// <param name="parameters">The run's parameters.</param>
    /// <param name="find">Finds what is read from, when the run is prepared.</param>
    public NvmeReadWorkload(ISystemCalls system, ParameterSet parameters, Func<NvmeNamespace>? find = null)
    {
        _system = system;
        _parameters = parameters;
        _find = find ?? (() => NvmeNamespace.Find(system, parameters.Text("device")));
        _blockBytes = (int)parameters.Multiple("blockSize", 512, 16 << 20);
        _depth = (int)parameters.Number("depth", 1, 1024);
        _random = parameters.Choice("pattern", "random", "sequential") == "random";
        // A state of zero would stay zero; the odd constant keeps every seed apart from it.
        _state = ((ulong)parameters.Number("seed", 0, long.MaxValue) << 1) + 0x9E3779B97F4A7C15;
        Cpu = parameters.OptionalNumber("cpu");
        _startNs = new long[_depth];
        _queued = new int[_depth];
    }

    /// <inheritdoc />
    public int? Cpu { get; }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Parameters => _parameters.Values;

    /// <inheritdoc />
    public void Prepare()
    {
        _target = _find();
        _parameters.Resolve("device", _target.Path);
        if (_blockBytes % _target.LogicalBlock != 0)
        {
            throw _parameters.Wrong("blockSize", string.Create(CultureInfo.InvariantCulture,
                $"a multiple of the logical block of {_target.Path}, {_target.LogicalBlock} bytes"));
        }

        _blocks = _target.Bytes / _blockBytes;
        if (_blocks == 0)
        {
            throw new BenchException($"{_target.Path} has {_target.SizeText}, less than one block of {_parameters.Text("blockSize")} bytes.");
        }

        _file = Descriptor.Open(_system, _target.Path, LinuxFlags.ReadOnly | LinuxFlags.Direct, errno => errno switch
        {
            Errno.EACCES or Errno.EPERM => "this process may not read it; run as root",
            Errno.EINVAL => "its file system takes no direct reads (O_DIRECT)",
            _ => null,
        });
        long bytes = (((long)_blockBytes * _depth) + 4095) / 4096 * 4096;
        _buffer = MemoryRegion.Allocate(_system, bytes, PageKind.Base4K, node: null);
        _ring = ReadRing.Create(_system, (uint)_depth);
        _ring.Register(_file.Number, _buffer.Address, bytes);
    }

    /// <inheritdoc />
    public void MarkWitness()
    {
        _completionsMark = _completions;
        _interruptsMark = InterruptCounts.Read(_system)?.NvmeQueues(_target!.Controller);
    }

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        ReadRing ring = _ring!;
        for (int slot = 0; slot < _depth; slot++)
        {
            Queue(ring, slot);
        }

        int inFlight = _depth;
        bool goes = true;
        while (inFlight > 0)
        {
            long submitNs = Clock.NowNs;
            for (int i = 0; i < _queuedCount; i++)
            {
                _startNs[_queued[i]] = submitNs;
            }

            _queuedCount = 0;
            ring.Enter(1);
            long nowNs = Clock.NowNs;
            while (ring.TryReap(out ulong slot, out int result))
            {
                inFlight--;
                _completions++;
                Check(result);
                // Reads that end after the stage are waited for, since their buffer is in use, and do not count.
                goes = goes && stage.Goes;
                if (goes)
                {
                    stage.Record(nowNs - _startNs[slot], _blockBytes);
                    Queue(ring, (int)slot);
                    inFlight++;
                }
                else
                {
                    stage.End();
                }
            }
        }
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Witness()
    {
        var witness = new Dictionary<string, double> { ["completions"] = _completions - _completionsMark };
        if (InterruptCounts.Read(_system)?.NvmeQueues(_target!.Controller) is { } interrupts && _interruptsMark is { } mark)
        {
            witness["queueInterrupts"] = interrupts - mark;
        }

        // Without a group nothing translates; a type that could not be read is not reported at all.
        if (_target!.DomainType(_system) is { } type)
        {
            witness["domainTranslated"] = type is "" or "identity" ? 0 : 1;
            witness["domainLazy"] = type == "DMA-FQ" ? 1 : 0;
        }

        return witness;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _ring?.Dispose();
        _buffer?.Dispose();
        _file?.Dispose();
    }

    private void Queue(ReadRing ring, int slot)
    {
        long block;
        if (_random)
        {
            // xorshift64*: a full-period generator without allocation.
            _state ^= _state >> 12;
            _state ^= _state << 25;
            _state ^= _state >> 27;
            block = (long)Math.BigMul(_state * 0x2545F4914F6CDD1D, (ulong)_blocks, out _);
        }
        else
        {
            block = _next;
            _next = _next + 1 == _blocks ? 0 : _next + 1;
        }

        nint address = _buffer!.Address + ((nint)slot * _blockBytes);
        if (!ring.TryQueueRead((ulong)slot, address, (uint)_blockBytes, (ulong)(block * _blockBytes)))
        {
            throw new BenchException("the io_uring submission queue is full, though it was made for the depth asked for.");
        }

        _queued[_queuedCount++] = slot;
    }

    private void Check(int result)
    {
        if (result != _blockBytes)
        {
            throw result < 0
                ? Failure.Of("direct read", _target!.Path, result)
                : new BenchException($"a read of {_target!.Path} returned {result} of {_blockBytes} bytes.");
        }
    }
}
