using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Interrupts;

namespace Passthrough.Reports.Json;

/// <summary><c>ptdiag.interrupts/1</c>: numbered rows of /proc/interrupts with routing.</summary>
internal sealed record InterruptsDocument(string Schema, ToolInfo Tool, int? Cpus, IReadOnlyList<InterruptEntry> Lines,
    long? PostedNotifications, long? PostedWakeups, IReadOnlyList<GapEntry> Gaps)
{
    public static InterruptsDocument From(InterruptState state, ToolInfo tool)
    {
        InterruptTable? table = state.Table.Or(null);
        return new InterruptsDocument(
            "ptdiag.interrupts/1", tool, table?.CpuColumns?.Count,
            [.. state.Lines.Select(line => new InterruptEntry(line.Irq, line.Chip, line.IsRemapped, line.Device?.ToString(), line.Action, line.IsVfio,
                line.Kind is { } kind ? Words.Of(kind) : null, line.Counts, line.Total, Set(line.Affinity), Set(line.EffectiveAffinity),
                line.Node.IsKnown ? line.Node.Value : null, null))],
            Named(table, "PIN"), Named(table, "PIW"),
            table is null
                ? [new GapEntry(state.Table.Source, Words.Of(state.Table.Outcome), state.Table.Why ?? "the interrupt table could not be read")]
                : []);
    }

    private static string? Set(Reading<CpuSet> reading) => reading.Or(null)?.ToString();

    private static long? Named(InterruptTable? table, string name) =>
        table is not null && table.Named.TryGetValue(name, out long total) ? total : null;
}

/// <summary>One row. <c>managed</c> stays null: the kernel shows it only in debugfs.</summary>
internal sealed record InterruptEntry(string Irq, string Chip, bool Remapped, string? Device, string Action, bool Vfio, string? Kind,
    IReadOnlyList<long> Counts, long Total, string? Affinity, string? EffectiveAffinity, long? Node, bool? Managed);
