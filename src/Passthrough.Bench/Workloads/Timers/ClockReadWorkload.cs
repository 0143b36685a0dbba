using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Timers;

/// <summary>
/// Two readings of CLOCK_MONOTONIC back to back: what one reading costs, which is the least that any other latency here contains.
/// </summary>
internal sealed class ClockReadWorkload : IWorkload, IRunsOnCpu, ITimesTheClock
{
    /// <summary>The word for the source that the kernel uses now.</summary>
    public const string Current = "current";

    private const string SourcePath = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    private readonly ISystemCalls _system;
    private readonly ParameterSet _parameters;
    private long _shortestNs;
    private long _equal;
    private long _backwards;

    /// <summary>Checks the parameters.</summary>
    public ClockReadWorkload(ISystemCalls system, ParameterSet parameters)
    {
        _system = system;
        _parameters = parameters;
        Cpu = parameters.OptionalNumber("cpu");
    }

    /// <inheritdoc />
    public int? Cpu { get; }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Parameters => _parameters.Values;

    /// <inheritdoc />
    public void Prepare()
    {
        string? source = _system.ReadText(SourcePath)?.Trim();
        string wanted = _parameters.Text("source");
        if (wanted == Current)
        {
            _parameters.Resolve("source", source ?? "unknown");
        }
        else if (wanted != source)
        {
            throw new BenchException($"the clock source is {source ?? "unknown"} and not {wanted}: write {wanted} to {SourcePath} first, where available_clocksource lists it.");
        }
    }

    /// <inheritdoc />
    public void MarkWitness() => (_shortestNs, _equal, _backwards) = (long.MaxValue, 0, 0);

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        while (stage.Goes)
        {
            long beforeNs = Clock.NowNs;
            long afterNs = Clock.NowNs;
            long costNs = afterNs - beforeNs;
            _shortestNs = Math.Min(_shortestNs, costNs);
            _equal += costNs == 0 ? 1 : 0;
            _backwards += costNs < 0 ? 1 : 0;
            stage.Record(costNs);
        }
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Witness()
    {
        var witness = new Dictionary<string, double> { ["equalReadings"] = _equal, ["backwards"] = _backwards };
        if (_shortestNs != long.MaxValue)
        {
            witness["minimumNs"] = _shortestNs;
        }

        return witness;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        // Nothing is held.
    }
}
