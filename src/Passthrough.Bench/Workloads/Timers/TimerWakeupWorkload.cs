using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Timers;

/// <summary>
/// A thread sleeps until absolute instants, one interval apart; a sample is how late it is on its CPU again. The method is that of
/// cyclictest: clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME), latency = now − next, next += interval.
/// </summary>
internal sealed class TimerWakeupWorkload : IWorkload, IRunsOnCpu
{
    private readonly ISystemCalls _system;
    private readonly ParameterSet _parameters;
    private readonly long _intervalNs;
    private readonly int _priority;
    private readonly bool _lockMemory;
    private readonly bool _forbidIdleStates;
    private PunctualThread? _thread;
    private ThreadSwitches? _switches;
    private long? _steal;
    private long _overruns;

    /// <summary>Checks the parameters; nothing is changed.</summary>
    public TimerWakeupWorkload(ISystemCalls system, ParameterSet parameters)
    {
        _system = system;
        _parameters = parameters;
        _intervalNs = parameters.Number("intervalNs", 1_000, 10_000_000_000);
        _priority = (int)parameters.Number("priority", 0, 99);
        _lockMemory = parameters.Choice("lockMemory", "yes", "no") == "yes";
        _forbidIdleStates = parameters.Choice("dmaLatency", "0", "leave") == "0";
        Cpu = parameters.OptionalNumber("cpu");
    }

    /// <inheritdoc />
    public int? Cpu { get; }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Parameters => _parameters.Values;

    /// <inheritdoc />
    public void Prepare() => _thread = PunctualThread.Make(_system, _priority, _lockMemory, _forbidIdleStates);

    /// <inheritdoc />
    public void MarkWitness()
    {
        _overruns = 0;
        _switches = ThreadSwitches.Read(_system);
        _steal = StealTicks.Read(_system, Cpu);
    }

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        long nextNs = Clock.NowNs + _intervalNs;
        while (stage.Goes)
        {
            int result = _system.SleepUntil(nextNs);
            long nowNs = Clock.NowNs;
            if (result < 0)
            {
                if (result == -Errno.EINTR)
                {
                    // A signal of the runtime's: the rest of the same sleep is slept.
                    continue;
                }

                throw Failure.Of("clock_nanosleep", "CLOCK_MONOTONIC", result);
            }

            stage.Record(nowNs - nextNs);
            nextNs += _intervalNs;
            while (nextNs < nowNs)
            {
                // An instant that passed before the thread could sleep towards it is no wake-up; it is counted.
                _overruns++;
                nextNs += _intervalNs;
            }
        }
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Witness()
    {
        var witness = new Dictionary<string, double>
        {
            ["overruns"] = _overruns,
            ["dmaLatencyHeld"] = _thread!.HoldsLatency ? 1 : 0,
        };
        if (_switches is { } before && ThreadSwitches.Read(_system) is { } after)
        {
            witness["sleeps"] = after.Voluntary - before.Voluntary;
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
