using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Timers;

/// <summary>
/// A thread reads the clock without pause; where two readings lie further apart than a threshold, something else had the CPU: an
/// interrupt, another thread, the hypervisor, firmware. The threshold of 5 µs is osnoise's (Documentation/trace/osnoise-tracer.rst).
/// The histogram holds the lengths of the gaps. The value is the time lost to them, in nanoseconds of each second: neither the count
/// nor the median length alone falls when a CPU gets quieter.
/// </summary>
internal sealed class CpuNoiseWorkload : IWorkload, IRunsOnCpu, IDefinesValue
{
    private readonly ISystemCalls _system;
    private readonly ParameterSet _parameters;
    private readonly long _thresholdNs;
    private readonly int _priority;
    private PunctualThread? _thread;
    private ThreadSwitches? _switches;
    private long? _steal;
    private long _lostNs;
    private long _longestNs;
    private long _gaps;
    private long _readings;
    private long _lookedNs;

    /// <summary>Checks the parameters; nothing is changed.</summary>
    public CpuNoiseWorkload(ISystemCalls system, ParameterSet parameters)
    {
        _system = system;
        _parameters = parameters;
        _thresholdNs = parameters.Number("thresholdNs", 100, 1_000_000_000);
        _priority = (int)parameters.Number("priority", 0, 99);
        Cpu = parameters.OptionalNumber("cpu");
    }

    /// <inheritdoc />
    public int? Cpu { get; }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Parameters => _parameters.Values;

    /// <inheritdoc />
    public void Prepare() => _thread = PunctualThread.Make(_system, _priority, lockMemory: false, forbidIdleStates: false);

    /// <inheritdoc />
    public void MarkWitness()
    {
        _switches = ThreadSwitches.Read(_system);
        _steal = StealTicks.Read(_system, Cpu);
    }

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        (_lostNs, _longestNs, _gaps, _readings) = (0, 0, 0, 0);
        long startNs = Clock.NowNs;
        long beforeNs = startNs;
        // The stage looks at the clock too: a reading of its own between two of ours would hide nothing, and every gap falls on one side.
        while (stage.Goes)
        {
            long nowNs = Clock.NowNs;
            long gapNs = nowNs - beforeNs;
            _readings++;
            if (gapNs > _thresholdNs)
            {
                stage.Record(gapNs);
                _gaps++;
                _lostNs += gapNs;
                _longestNs = Math.Max(_longestNs, gapNs);
                // What recording cost is not the machine's noise.
                nowNs = Clock.NowNs;
            }

            beforeNs = nowNs;
        }

        _lookedNs = beforeNs - startNs;
    }

    /// <inheritdoc />
    public double ValueOf(Stage stage) => _lookedNs > 0 ? _lostNs * 1e9 / _lookedNs : 0;

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Witness()
    {
        var witness = new Dictionary<string, double>
        {
            ["gaps"] = _gaps,
            ["lostNs"] = _lostNs,
            ["longestNs"] = _longestNs,
            ["readings"] = _readings,
        };
        if (_switches is { } before && ThreadSwitches.Read(_system) is { } after)
        {
            witness["preemptions"] = after.Involuntary - before.Involuntary;
        }

        if (_steal is { } mark && StealTicks.Read(_system, Cpu) is { } now)
        {
            witness["stealTicks"] = now - mark;
        }

        return witness;
    }

    /// <inheritdoc />
    public void Dispose() => _thread?.Dispose();
}
