using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;

namespace Passthrough.Host.Interrupts;

/// <summary>/proc/interrupts and /proc/irq.</summary>
public sealed record InterruptState
{
    /// <summary>The table.</summary>
    public required Reading<InterruptTable> Table { get; init; }

    /// <summary>/proc/irq/default_smp_affinity as a set.</summary>
    public required Reading<CpuSet> DefaultAffinity { get; init; }

    /// <summary>Receive packet steering masks: one entry a receive queue of a network interface.</summary>
    public required IReadOnlyList<ReceiveQueue> ReceiveQueues { get; init; }

    /// <summary>irqbalance is running (a process of that name); unknown where processes cannot be seen.</summary>
    public required Reading<bool> IrqBalanceRunning { get; init; }

    /// <summary>
    /// Lines of irqbalance's settings file that set a variable (IRQBALANCE_BANNED_CPULIST=…); the reading names the file, absent where there is none.
    /// </summary>
    public Reading<IReadOnlyList<string>> IrqBalanceSettings { get; init; } = Reading.Missing<IReadOnlyList<string>>(Outcome.NotRecorded, "/etc/default/irqbalance");

    /// <summary>Numbered rows, empty when not read.</summary>
    public IReadOnlyList<InterruptLine> Lines => Table.IsKnown ? Table.Value!.Lines : [];
}

/// <summary>The parsed table.</summary>
/// <param name="CpuColumns">CPU numbers of the header; null without a header line.</param>
/// <param name="Lines">Numbered rows.</param>
/// <param name="Named">Named rows (NMI, PIN, PIW …): sum over CPUs.</param>
public sealed record InterruptTable(IReadOnlyList<int>? CpuColumns, IReadOnlyList<InterruptLine> Lines, IReadOnlyDictionary<string, long> Named);

/// <summary>One numbered row.</summary>
public sealed record InterruptLine
{
    /// <summary>Number as text.</summary>
    public required string Irq { get; init; }

    /// <summary>Chip name with its hardware number, as printed: "IR-PCI-MSI-0000:00:05.0 0-edge".</summary>
    public required string Chip { get; init; }

    /// <summary>Handler names: "vfio-msi[0](0000:00:05.0)", "nvme0q1".</summary>
    public required string Action { get; init; }

    /// <summary>Counts per column.</summary>
    public required IReadOnlyList<long> Counts { get; init; }

    /// <summary>Sum of the counts; the largest number where the sum of a hostile text would overflow.</summary>
    public long Total => Counts.Aggregate(0L, static (sum, count) => count > long.MaxValue - sum ? long.MaxValue : sum + count);

    /// <summary>1-based line in the file.</summary>
    public required int Line { get; init; }

    /// <summary>The chip is behind interrupt remapping: IR-, INTEL-IR or AMD-IR. DMAR-MSI and AMD-Vi's own interrupts are not.</summary>
    public bool IsRemapped => Chip.StartsWith("IR-", StringComparison.Ordinal)
        || Chip.StartsWith("INTEL-IR", StringComparison.Ordinal) || Chip.StartsWith("AMD-IR", StringComparison.Ordinal);

    /// <summary>A VFIO driver owns it.</summary>
    public bool IsVfio => Action.Contains("vfio-", StringComparison.Ordinal);

    /// <summary>The function it belongs to, where the action, the chip or msi_irqs tells.</summary>
    public PciAddress? Device { get; init; }

    /// <summary>How it is signalled; null when neither chip nor action tells.</summary>
    public InterruptKind? Kind { get; init; }

    /// <summary>/proc/irq/N/smp_affinity_list.</summary>
    public required Reading<CpuSet> Affinity { get; init; }

    /// <summary>/proc/irq/N/effective_affinity_list.</summary>
    public required Reading<CpuSet> EffectiveAffinity { get; init; }

    /// <summary>/proc/irq/N/node; -1 unknown.</summary>
    public required Reading<long> Node { get; init; }
}

/// <summary>How an interrupt is signalled.</summary>
public enum InterruptKind
{
    /// <summary>Pin-based.</summary>
    Intx,

    /// <summary>Message signalled.</summary>
    Msi,

    /// <summary>Message signalled, extended.</summary>
    Msix,
}

/// <summary>A receive queue and its steering mask.</summary>
public sealed record ReceiveQueue(string Interface, string Queue, Reading<CpuSet> Cpus, PciAddress? Device);
