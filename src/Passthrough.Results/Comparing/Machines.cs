using System.Globalization;

namespace Passthrough.Results.Comparing;

/// <summary>What the machines say about a comparison.</summary>
internal static class Machines
{
    /// <summary>Sentences on what differs between two machines; nothing is said of what is unknown on both.</summary>
    public static IEnumerable<string> Differences(MachineSummary before, MachineSummary after) =>
        from fact in new (string Name, string? Before, string? After)[]
        {
            ("kernel", before.Kernel, after.Kernel),
            ("kernel command line", before.Cmdline, after.Cmdline),
            ("CPU model", before.CpuModel, after.CpuModel),
            ("number of CPUs", Text(before.Cpus), Text(after.Cpus)),
            ("number of NUMA nodes", Text(before.Nodes), Text(after.Nodes)),
            ("memory in bytes", Text(before.MemoryBytes), Text(after.MemoryBytes)),
            ("clock source", before.Clocksource, after.Clocksource),
            ("accelerator", before.Accelerator, after.Accelerator),
            ("lab machine", before.LabMachine, after.LabMachine),
        }
        where fact.Before != fact.After
        select $"The machines differ in {fact.Name}: {fact.Before ?? "unknown"} before, {fact.After ?? "unknown"} after.";

    /// <summary>Why numbers of these machines say nothing of hardware; null when none was emulated.</summary>
    public static string? FunctionalOnly(IReadOnlyList<MachineSummary> machines) =>
        machines.FirstOrDefault(machine => machine.Emulated) is { } emulated
            ? emulated.EmulatedReason ?? "The machine or a measured device is emulated."
            : null;

    private static string? Text(long? value) => value?.ToString(CultureInfo.InvariantCulture);
}
