using System.Globalization;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Interrupts;

/// <summary>
/// Counts what the reads of an event descriptor answered, beside what the kernel counted of the interrupt and how often the
/// thread slept. Used by one thread.
/// </summary>
internal sealed class AnsweredEvents(ISystemCalls system)
{
    private long _reads;
    private long _events;
    private long _merged;
    private InterruptCounts? _table;
    private ThreadSwitches? _switches;

    /// <summary>One read answered so many events. True when it was one, so that it has a latency of its own.</summary>
    public bool Add(ulong count)
    {
        _reads++;
        _events += (long)count;
        if (count == 1)
        {
            return true;
        }

        _merged++;
        return false;
    }

    /// <summary>Counts from here.</summary>
    public void Mark()
    {
        (_reads, _events, _merged) = (0, 0, 0);
        _table = InterruptCounts.Read(system);
        _switches = ThreadSwitches.Read(system);
    }

    /// <summary>What was counted since, and what the kernel counted of the interrupt; a count that is not known is left out.</summary>
    public Dictionary<string, double> Witness(string? interrupt, int? cpu)
    {
        var witness = new Dictionary<string, double> { ["completions"] = _events, ["merged"] = _merged };
        if (_switches is { } before && ThreadSwitches.Read(system) is { } after)
        {
            witness["sleeps"] = after.Voluntary - before.Voluntary;
        }

        if (interrupt is not null && _table is { } mark && InterruptCounts.Read(system) is { } now
            && now.Total(interrupt) - mark.Total(interrupt) is { } total)
        {
            witness["interrupts"] = total;
            if (cpu is { } own && total > 0 && now.OnCpu(interrupt, own) - mark.OnCpu(interrupt, own) is { } onCpu)
            {
                witness["onThreadCpu"] = onCpu / (double)total;
            }
        }

        return witness;
    }

    /// <summary>The rule of runs with interrupts: both counts agree and reads are not merged, within one percent.</summary>
    /// <param name="interrupts">What the kernel counted; null when it did not tell.</param>
    public string? Objection(double? interrupts)
    {
        double slack = Math.Max(1, _events / 100.0);
        return interrupts is { } counted && Math.Abs(counted - _events) > slack
            ? string.Create(CultureInfo.InvariantCulture,
                $"the kernel counted {counted} interrupts where {_events} were answered, and more than one percent lies between them")
            : _merged > Math.Max(1, _reads / 100.0)
                ? string.Create(CultureInfo.InvariantCulture, $"{_merged} of {_reads} reads answered several interrupts at once, so they have no latency of their own")
                : null;
    }
}
