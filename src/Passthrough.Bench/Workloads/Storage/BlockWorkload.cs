using System.Globalization;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Uring;
using Passthrough.Bench.Workloads.Interrupts;
using Passthrough.Host.Model;

namespace Passthrough.Bench.Workloads.Storage;

/// <summary>
/// Direct reads and writes of a block device or file through io_uring. Closed loop: a constant number in flight, the latency runs
/// from the call that submits an operation to its reaping. Open loop: operations have intended times of their own, and the
/// latency runs from the intended time, so that a stall counts for everything it delays.
/// </summary>
internal sealed partial class BlockWorkload : IWorkload, IRunsOnCpu
{
    private readonly ISystemCalls _system;
    private readonly ParameterSet _parameters;
    private readonly HostModel _model;
    private readonly BlockPlan _plan;
    private readonly Func<BlockTarget> _find;
    private readonly int _blockBytes;
    private readonly long[] _startNs;
    private readonly int[] _queued;
    private readonly PlaceSequence _places;
    private BlockTarget? _target;
    private Descriptor? _file;
    private MemoryRegion? _buffer;
    private BlockRing? _ring;
    private int _queuedCount;
    private long _completions;
    private long _completionsMark;
    private long? _interruptsMark;
    private (long Reads, long Writes)? _deviceMark;

    /// <summary>Nothing is opened.</summary>
    /// <param name="system">The seam.</param>
    /// <param name="parameters">The run's parameters.</param>
    /// <param name="plan">What they say.</param>
    /// <param name="model">The machine: what it uses is not written to.</param>
    /// <param name="find">Finds what is read or written, when the run is prepared.</param>
    public BlockWorkload(ISystemCalls system, ParameterSet parameters, BlockPlan plan, HostModel model, Func<BlockTarget>? find = null)
    {
        _system = system;
        _parameters = parameters;
        _plan = plan;
        _model = model;
        _find = find ?? (() => BlockTarget.Find(system, parameters.Text("device")));
        _blockBytes = plan.BlockBytes;
        _startNs = new long[plan.Depth];
        _queued = new int[plan.Depth];
        _places = new PlaceSequence(plan);
    }

    /// <inheritdoc />
    public int? Cpu => _plan.Cpu;

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Parameters => _parameters.Values;

    private bool Writes => _plan.ReadPercent < 100;

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

        _places.Blocks = _target.Bytes / _blockBytes;
        if (_places.Blocks == 0)
        {
            throw new BenchException(string.Create(CultureInfo.InvariantCulture,
                $"{_target.Path} has {_target.Bytes} bytes, less than one block of {_blockBytes} bytes."));
        }

        _file = Open(_target);
        long bytes = (((long)_blockBytes * _plan.Depth) + 4095) / 4096 * 4096;
        _buffer = MemoryRegion.Allocate(_system, bytes, PageKind.Base4K, node: null);
        RingUse use = (Writes ? RingUse.Write : RingUse.Read)
            | (_plan.IsPolled ? RingUse.Polled : RingUse.Read)
            | (_plan.Arrival == Arrival.Closed ? RingUse.Read : RingUse.LookWithoutEntering);
        if (Writes)
        {
            _places.FillWithNoise(_buffer);
        }

        _ring = BlockRing.Create(_system, (uint)_plan.Depth, use);
        _ring.Register(_file.Number, _buffer.Address, bytes);
    }

    /// <inheritdoc />
    public void MarkWitness()
    {
        _completionsMark = _completions;
        (_behindMark, _queueFullMark, _latestStartNs) = (_behind, _queueFull, 0);
        _interruptsMark = Interrupts();
        _deviceMark = _target!.Completed(_system);
    }

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        if (_plan.Arrival == Arrival.Closed)
        {
            ExecuteClosed(stage);
        }
        else
        {
            ExecuteOpen(stage);
        }
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Witness()
    {
        var witness = new Dictionary<string, double> { ["completions"] = _completions - _completionsMark };
        if (Interrupts() is { } interrupts && _interruptsMark is { } mark)
        {
            witness["queueInterrupts"] = interrupts - mark;
        }

        if (_target!.Completed(_system) is { } device && _deviceMark is { } before)
        {
            witness["deviceReads"] = device.Reads - before.Reads;
            witness["deviceWrites"] = device.Writes - before.Writes;
        }

        // Without a group nothing translates; a type that could not be read is not reported at all.
        if (_target.DomainType(_system) is { } type)
        {
            witness["domainTranslated"] = type is "" or "identity" ? 0 : 1;
            witness["domainLazy"] = type == "DMA-FQ" ? 1 : 0;
        }

        AddOpenWitness(witness);
        return witness;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _ring?.Dispose();
        _buffer?.Dispose();
        _file?.Dispose();
    }

    private Descriptor Open(BlockTarget target)
    {
        if (Writes && BlockUse.Of(_system, _model, target) is { } use)
        {
            throw new BenchException($"{target.Path} is not overwritten: {use}; name a device or file that nothing uses.");
        }

        int flags = LinuxFlags.Direct | (!Writes ? LinuxFlags.ReadOnly : target.IsFile ? LinuxFlags.ReadWrite : LinuxFlags.ReadWrite | LinuxFlags.Exclusive);
        return Descriptor.Open(_system, target.Path, flags, errno => errno switch
        {
            Errno.EACCES or Errno.EPERM => $"this process may not {(Writes ? "write" : "read")} it; run as root",
            Errno.EINVAL => "its file system takes no direct access (O_DIRECT)",
            Errno.EBUSY => "the kernel or another program uses it or a partition of it (a mount, swap, LVM, RAID, ZFS), so it is not overwritten",
            Errno.ENXIO or Errno.ENODEV => "the device is gone or has no medium",
            _ => null,
        });
    }

    private long? Interrupts() => _target!.Controller is { } controller ? InterruptCounts.Read(_system)?.NvmeQueues(controller) : null;

    private void ExecuteClosed(Stage stage)
    {
        BlockRing ring = _ring!;
        int batch = _plan.Batch;
        int inFlight = 0;
        while (inFlight < _plan.Depth)
        {
            // The first ones go out in the same portions as later ones.
            for (int i = 0; i < batch && inFlight < _plan.Depth; i++)
            {
                Queue(ring, inFlight++);
            }

            Submit(ring, inFlight < _plan.Depth ? 0u : 1u);
        }

        bool goes = true;
        while (inFlight > 0)
        {
            long nowNs = Clock.NowNs;
            // What ends after the stage is waited for, since its buffer is in use, and does not count.
            goes = goes && stage.GoesAt(nowNs);
            if (!goes)
            {
                stage.End();
            }

            for (int taken = 0; taken < batch && ring.TryReap(out ulong slot, out int result); taken++)
            {
                inFlight--;
                _completions++;
                Check(result);
                goes = goes && stage.GoesAt(nowNs);
                if (goes)
                {
                    stage.Record(nowNs - _startNs[slot], _blockBytes);
                    Queue(ring, (int)slot);
                    inFlight++;
                }
            }

            if (inFlight > 0)
            {
                Submit(ring, 1);
            }
        }

        stage.End();
    }

    // One reading of the clock for all that one call submits.
    private void Submit(BlockRing ring, uint waitFor)
    {
        if (_queuedCount > 0)
        {
            long submitNs = Clock.NowNs;
            for (int i = 0; i < _queuedCount; i++)
            {
                _startNs[_queued[i]] = submitNs;
            }

            _queuedCount = 0;
        }

        ring.Enter(waitFor);
    }

    private void Queue(BlockRing ring, int slot)
    {
        ulong place = (ulong)(_places.Next() * _blockBytes);
        nint address = _buffer!.Address + ((nint)slot * _blockBytes);
        bool queued = _places.NextIsRead()
            ? ring.TryQueueRead((ulong)slot, address, (uint)_blockBytes, place)
            : ring.TryQueueWrite((ulong)slot, address, (uint)_blockBytes, place);
        if (!queued)
        {
            throw new BenchException("the io_uring submission queue is full, though it was made for the depth asked for.");
        }

        _queued[_queuedCount++] = slot;
    }

    private void Check(int result)
    {
        if (result == _blockBytes)
        {
            return;
        }

        string call = _plan.ReadPercent switch { 100 => "direct read", 0 => "direct write", _ => "direct read or write" };
        throw result < 0
            ? Failure.Of(call, _target!.Path, result, -result switch
            {
                Errno.EIO or Errno.ENODEV or Errno.ENXIO => "the device reported an error or vanished while it was measured; the kernel's log tells more",
                Errno.EOPNOTSUPP when _plan.IsPolled => "the device has no queues that are polled (for NVMe the module parameter nvme.poll_queues)",
                Errno.EINVAL => "the device or file system does not take direct access of this block size",
                _ => null,
            })
            : new BenchException(string.Create(CultureInfo.InvariantCulture,
                $"a {call} of {_target!.Path} moved {result} of {_blockBytes} bytes: it became shorter while it was measured."));
    }
}
