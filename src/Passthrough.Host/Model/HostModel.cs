using Passthrough.Host.Acpi;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Guests;
using Passthrough.Host.Interrupts;
using Passthrough.Host.Iommu;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Passthrough.Host.Memory;
using Passthrough.Host.Pci;
using Passthrough.Host.Usage;

namespace Passthrough.Host.Model;

/// <summary>Everything that was seen of one machine at one time. Immutable; the checks read nothing else.</summary>
public sealed record HostModel
{
    /// <summary>Live, directory or bundle.</summary>
    public required SourceKind Source { get; init; }

    /// <summary>Processors.</summary>
    public required CpuInfo Cpu { get; init; }

    /// <summary>Memory, nodes, huge pages.</summary>
    public required MemoryInfo Memory { get; init; }

    /// <summary>Kernel, modules, boot loader.</summary>
    public required KernelInfo Kernel { get; init; }

    /// <summary>Firmware tables.</summary>
    public required AcpiTables Acpi { get; init; }

    /// <summary>DMI.</summary>
    public required DmiInfo Dmi { get; init; }

    /// <summary>/sys/firmware/efi exists.</summary>
    public required Reading<bool> BootedByUefi { get; init; }

    /// <summary>/sys/hypervisor/type, absent on most.</summary>
    public required Reading<string> HypervisorType { get; init; }

    /// <summary>The hypervisor's CPUID signature, leaf 0x40000000 ("KVMKVMKVM", "TCGTCGTCGTCG"); absent where no hypervisor shows.</summary>
    public Reading<string> HypervisorSignature { get; init; } = Reading.Missing<string>(Outcome.NotRecorded, Queries.HypervisorSignature);

    /// <summary>PCI functions.</summary>
    public required PciInventory Pci { get; init; }

    /// <summary>Windows of PCI host bridges (/proc/iomem). Denied when it shows zeros, as it does without privilege.</summary>
    public Reading<IReadOnlyList<IoWindow>> PciWindows { get; init; } = Reading.Missing<IReadOnlyList<IoWindow>>(Outcome.NotRecorded, "/proc/iomem");

    /// <summary>IOMMU units and groups.</summary>
    public required IommuState Iommu { get; init; }

    /// <summary>Interrupts.</summary>
    public required InterruptState Interrupts { get; init; }

    /// <summary>Kernel log.</summary>
    public required KernelLog Log { get; init; }

    /// <summary>VFIO nodes.</summary>
    public required VfioState Vfio { get; init; }

    /// <summary>KVM.</summary>
    public required KvmState Kvm { get; init; }

    /// <summary>Locked-memory limits.</summary>
    public required MemoryLockLimits Limits { get; init; }

    /// <summary>Host use of devices.</summary>
    public required HostUsage Usage { get; init; }

    /// <summary>The guests that are defined or running here.</summary>
    public GuestState Guests { get; init; } = GuestState.NotAsked;

    /// <summary>Privilege and container.</summary>
    public required Privilege Privilege { get; init; }

    /// <summary>What was looked for and could not be seen: path, outcome, why. Plain absence is not listed unless it hides something.</summary>
    public required IReadOnlyList<Gap> Gaps { get; init; }

    /// <summary>
    /// Ranges of /proc/iomem that firmware's framebuffer occupies (BOOTFB, efifb, simplefb, vesafb): empty where there is none. Denied where the
    /// kernel shows zeros for addresses, as it does without root.
    /// </summary>
    public Reading<IReadOnlyList<MemoryRange>> Framebuffers { get; init; } = Reading.Missing<IReadOnlyList<MemoryRange>>(Outcome.NotRecorded, FramebufferReader.Path);

    /// <summary>The hypervisor flag, the DMI vendor or /sys/hypervisor says that this is a virtual machine; null when none could be read.</summary>
    public bool? IsVirtualMachine { get; init; }
}

/// <summary>Something looked for and not seen.</summary>
public sealed record Gap(string Path, Outcome Outcome, string Why);
