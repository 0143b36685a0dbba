namespace Passthrough.Study;

/// <summary>
/// One knob and the workload that should feel it: the same workload under two settings that differ in nothing else.
/// </summary>
public sealed record Factor
{
    /// <summary>Short name used in results: hugepages, irqCpu, node, lazyDomain, identityDomain, pinning, batching, all.</summary>
    public required string Name { get; init; }

    /// <summary>What is compared, for a person: "DMA map of 64 MiB: 4 KiB pages against 2 MiB pages".</summary>
    public required string Title { get; init; }

    /// <summary>The workload's name.</summary>
    public required string Workload { get; init; }

    /// <summary>Parameters that both settings share.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>What must hold for both settings during the whole study: bindings and pools, applied once and taken back at the end.</summary>
    public IReadOnlyList<Knob> Standing { get; init; } = [];

    /// <summary>The setting before.</summary>
    public required Setting Untuned { get; init; }

    /// <summary>The setting after.</summary>
    public required Setting Tuned { get; init; }
}

/// <summary>One side of a factor.</summary>
/// <param name="Parameters">Parameters that only this side has.</param>
/// <param name="Knobs">Changes of the machine around each of its runs.</param>
public sealed record Setting(IReadOnlyDictionary<string, string> Parameters, IReadOnlyList<Knob> Knobs);

/// <summary>A change of the machine that a setting needs; becomes a tuning step when it is applied.</summary>
public abstract record Knob
{
    private Knob()
    {
    }

    /// <summary>Free huge pages of one size, on one node or anywhere.</summary>
    public sealed record HugePages(long SizeBytes, long Count, int? Node) : Knob;

    /// <summary>A function handed to a driver.</summary>
    public sealed record Bind(Host.Pci.PciAddress Device, string Driver) : Knob;

    /// <summary>Default domain of the group a function is in; its drivers are rebound even when the type is already so, to treat both sides alike.</summary>
    public sealed record GroupType(Host.Pci.PciAddress Device, string Type) : Knob;

    /// <summary>The workload's interrupt routed to one CPU; applied after the workload has made the interrupt.</summary>
    public sealed record InterruptCpu(int Cpu) : Knob;

    /// <summary>All interrupts that a function has (MSI and MSI-X) routed to one CPU.</summary>
    public sealed record DeviceInterrupts(Host.Pci.PciAddress Device, int Cpu) : Knob;

    /// <summary>CPUs that process what an interface receives (receive packet steering); an empty set switches it off.</summary>
    public sealed record ReceivePacketSteering(string Interface, Host.Cpu.CpuSet Cpus) : Knob;
}
