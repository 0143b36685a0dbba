using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;

namespace Passthrough.Host.Logs;

/// <summary>The kernel's log, from /dev/kmsg, /var/log/dmesg or a saved journal, classified line by line.</summary>
public sealed record KernelLog
{
    /// <summary>The classified log; the reading's source names what was read.</summary>
    public required Reading<ClassifiedLog> Content { get; init; }

    /// <summary>True when the log reaches back to the boot's "Linux version" line; only then does a missing line prove anything.</summary>
    public bool IsComplete => Content.IsKnown && Content.Value!.ReachesBoot;
}

/// <summary>What a log says about passthrough.</summary>
public sealed record ClassifiedLog
{
    /// <summary>Lines in the text.</summary>
    public required int Lines { get; init; }

    /// <summary>One event a recognised line.</summary>
    public required IReadOnlyList<LogEvent> Events { get; init; }

    /// <summary>The text holds a "Linux version" line.</summary>
    public required bool ReachesBoot { get; init; }

    /// <summary>"callbacks suppressed": the count of faults is a lower bound.</summary>
    public required bool FaultsSuppressed { get; init; }

    /// <summary>Distinct register bases of "DRHD base:" lines.</summary>
    public required IReadOnlyList<ulong> Drhd { get; init; }

    /// <summary>Distinct "RMRR base: … end: …" ranges.</summary>
    public required IReadOnlyList<(ulong Base, ulong Limit)> Rmrr { get; init; }

    /// <summary>Distinct AMD IOMMU functions ("pci BDF: AMD-Vi:" lines that are no events, "Found IOMMU at BDF").</summary>
    public required IReadOnlyList<PciAddress> AmdUnits { get; init; }

    /// <summary>Last group assignment of each function ("Adding to iommu group N").</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<PciAddress>> Groups { get; init; }

    /// <summary>Distinct memory windows of "root bus resource [mem …]" lines: first and last address.</summary>
    public IReadOnlyList<(ulong Start, ulong End)> RootWindows { get; init; } = [];

    /// <summary>Release of the last "Linux version" line.</summary>
    public string? KernelRelease { get; init; }

    /// <summary>The last boot's command line: its "Kernel command line:" (what /proc/cmdline shows), else its "Command line:".</summary>
    public string? CommandLine { get; init; }

    /// <summary>Events of one kind.</summary>
    public IEnumerable<LogEvent> Of(LogEventKind kind) => Events.Where(item => item.Kind == kind);

    /// <summary>DMAR, interrupt-remapping, AMD and SMMU fault events.</summary>
    public IEnumerable<LogEvent> Faults => Events.Where(item => item.Kind is LogEventKind.DmarFault
        or LogEventKind.InterruptRemapFault or LogEventKind.AmdEvent or LogEventKind.SmmuFault);
}

/// <summary>One recognised line.</summary>
public sealed record LogEvent
{
    /// <summary>1-based line.</summary>
    public required int Line { get; init; }

    /// <summary>What it is.</summary>
    public required LogEventKind Kind { get; init; }

    /// <summary>The line, trimmed of its timestamp prefix, at most 400 characters.</summary>
    public required string Text { get; init; }

    /// <summary>The function it names.</summary>
    public PciAddress? Device { get; init; }

    /// <summary>Faulting address.</summary>
    public ulong? Address { get; init; }

    /// <summary>Fault reason or event type, as printed: "0x06", "IO_PAGE_FAULT".</summary>
    public string? Reason { get; init; }

    /// <summary>read, write, execute; null when not told.</summary>
    public string? Access { get; init; }

    /// <summary>For firmware lines: Bug, Warn, Info.</summary>
    public string? Level { get; init; }

    /// <summary>Checks that read this event.</summary>
    public IReadOnlyList<string> CheckIds { get; init; } = [];

    /// <summary>What it means, a sentence.</summary>
    public required string Meaning { get; init; }
}

/// <summary>What a line is.</summary>
public enum LogEventKind
{
    /// <summary>DMAR: [DMA …] Request device.</summary>
    DmarFault,

    /// <summary>AMD-Vi: Event logged [.</summary>
    AmdEvent,

    /// <summary>arm-smmu: Unhandled context fault.</summary>
    SmmuFault,

    /// <summary>DMAR: [INTR-REMAP] Request device.</summary>
    InterruptRemapFault,

    /// <summary>[Firmware Bug], [Firmware Warn], [Firmware Info].</summary>
    FirmwareBug,

    /// <summary>A driver says that an IOMMU was found or initialised (no proof of translation by itself).</summary>
    IommuDetected,

    /// <summary>The parser of intel_iommu=on spoke ("DMAR: IOMMU enabled"): proves the token, not the IOMMU.</summary>
    IommuTokenParsed,

    /// <summary>"IOMMU disabled", "AMD-Vi: … disabled".</summary>
    IommuDisabled,

    /// <summary>"No supported address widths. Not attempting DMA translation."</summary>
    TranslationUnsupported,

    /// <summary>Adding to iommu group N.</summary>
    GroupAssigned,

    /// <summary>DMAR-IR: Enabled …; AMD-Vi: Interrupt remapping enabled.</summary>
    InterruptRemappingOn,

    /// <summary>Interrupt remapping is refused, disabled or not enabled.</summary>
    InterruptRemappingOff,

    /// <summary>VFIO or iommufd says that interrupts cannot be isolated: it refused, or went on as allow_unsafe_interrupts tells it.</summary>
    VfioNoInterruptRemapping,

    /// <summary>Firmware demands 1:1 mapping (RMRR/IVMD): VFIO refuses the device.</summary>
    ReservedMemoryRefusal,

    /// <summary>Group not viable.</summary>
    GroupNotViable,

    /// <summary>RLIMIT_MEMLOCK exceeded or VFIO_MAP_DMA out of memory.</summary>
    MemoryLockExceeded,

    /// <summary>VFIO_MAP_DMA: no space left (dma_entry_limit).</summary>
    DmaEntriesExhausted,

    /// <summary>Any other VFIO error.</summary>
    VfioError,

    /// <summary>DMAR or AMD-Vi: Unknown option.</summary>
    UnknownOption,

    /// <summary>Default domain type line.</summary>
    DefaultDomain,

    /// <summary>DMA domain TLB invalidation policy line.</summary>
    InvalidationPolicy,

    /// <summary>kvm: disabled by BIOS, VMX disabled, SVM disabled.</summary>
    KvmDisabled,

    /// <summary>BAR cannot be reserved or assigned.</summary>
    BarProblem,

    /// <summary>Not enough MMIO resources for SR-IOV, bus number out of range.</summary>
    SriovProblem,

    /// <summary>Device inaccessible, D3cold, stuck in D3.</summary>
    PowerProblem,

    /// <summary>A reset that failed.</summary>
    ResetProblem,

    /// <summary>vfio-pci denylist.</summary>
    Denylisted,

    /// <summary>x2APIC opt-out and mode lines.</summary>
    X2Apic,

    /// <summary>vfio-noiommu taint.</summary>
    NoIommuTaint,

    /// <summary>A module that is not found (vfio_virqfd).</summary>
    ModuleMissing,

    /// <summary>SEV-SNP, memory encryption versus passthrough.</summary>
    MemoryEncryption,

    /// <summary>AMD's virtual interrupt controller (AVIC) at the IOMMU: enabled, or forced off.</summary>
    PostedInterrupts,

    /// <summary>A patched kernel says that ACS overrides are in effect.</summary>
    AcsOverride,

    /// <summary>"Unknown kernel command line parameters": names what no part of the kernel took.</summary>
    UnknownParameters,
}
