using Passthrough.Host.Logs;

namespace Passthrough.Reports.Json;

/// <summary><c>ptdiag.log/1</c>: a classified kernel log.</summary>
internal sealed record LogDocument(string Schema, ToolInfo Tool, int Lines, IReadOnlyList<LogEventEntry> Events, LogFaults Faults,
    IReadOnlyList<string> Drhd, IReadOnlyList<LogRange> Rmrr, IReadOnlyList<string> AmdUnits, IReadOnlyDictionary<string, IReadOnlyList<string>> Groups,
    bool ReachesBoot)
{
    public static LogDocument From(ClassifiedLog log, ToolInfo tool)
    {
        List<LogEvent> faults = [.. log.Faults];
        return new LogDocument(
            "ptdiag.log/1", tool, log.Lines,
            [.. log.Events.Select(item => new LogEventEntry(item.Line, Words.Of(item.Kind), item.Device?.ToString(),
                item.Address is { } address ? Words.Hex(address) : null, item.Reason, item.Access, item.Level, 1, item.CheckIds, item.Meaning, item.Text))],
            new LogFaults(faults.Count, log.FaultsSuppressed,
                new SortedDictionary<string, int>(faults.Where(item => item.Device is not null)
                    .GroupBy(item => item.Device.ToString()!).ToDictionary(group => group.Key, group => group.Count()), StringComparer.Ordinal)),
            [.. log.Drhd.Select(Words.Hex)],
            [.. log.Rmrr.Select(range => new LogRange(Words.Hex(range.Base), Words.Hex(range.Limit)))],
            [.. log.AmdUnits.Select(unit => unit.ToString())],
            log.Groups.ToDictionary(group => group.Key, IReadOnlyList<string> (group) => [.. group.Value.Select(device => device.ToString())]),
            log.ReachesBoot);
    }
}

internal sealed record LogEventEntry(int Line, string Kind, string? Device, string? Address, string? Reason, string? Access, string? Level, int Count,
    IReadOnlyList<string> CheckIds, string Meaning, string Text);

internal sealed record LogFaults(int Total, bool AtLeast, IReadOnlyDictionary<string, int> ByDevice);

internal sealed record LogRange(string Base, string Limit);
