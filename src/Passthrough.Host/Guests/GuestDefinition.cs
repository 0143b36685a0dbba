using Passthrough.Host.Pci;

namespace Passthrough.Host.Guests;

/// <summary>
/// What a guest is to be, from libvirt's domain XML or a Proxmox configuration. What is not stated is null or empty.
/// Sources: libvirt's "Domain XML format"; Proxmox' qm.conf(5).
/// </summary>
public sealed record GuestDefinition
{
    /// <summary>The name it gives itself.</summary>
    public string? Name { get; init; }

    /// <summary>Read from a Proxmox configuration: Proxmox binds the devices itself, and every function of a device when none is named.</summary>
    public bool IsProxmox { get; init; }

    /// <summary>The type of the domain: kvm, qemu …</summary>
    public string? Kind { get; init; }

    /// <summary>Machine type, verbatim.</summary>
    public string? Machine { get; init; }

    /// <summary>Architecture: x86_64, aarch64 …</summary>
    public string? Architecture { get; init; }

    /// <summary>Memory in bytes, as stated.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Memory at the start in bytes.</summary>
    public long? CurrentMemoryBytes { get; init; }

    /// <summary>Virtual CPUs, the most there may be.</summary>
    public int? Vcpus { get; init; }

    /// <summary>Default affinity of all threads (vcpu's cpuset), verbatim.</summary>
    public string? VcpuCpuset { get; init; }

    /// <summary>The CPU.</summary>
    public GuestCpu Cpu { get; init; } = new(null, null, null, null);

    /// <summary>Memory comes from huge pages.</summary>
    public bool UsesHugePages { get; init; }

    /// <summary>Page sizes asked for; none means the host's default size.</summary>
    public IReadOnlyList<GuestHugePages> HugePages { get; init; } = [];

    /// <summary>Memory is locked.</summary>
    public bool IsMemoryLocked { get; init; }

    /// <summary>Memory is not offered to KSM.</summary>
    public bool HasNoSharedPages { get; init; }

    /// <summary>hard_limit in bytes.</summary>
    public long? HardLimitBytes { get; init; }

    /// <summary>Memory placement: for the whole guest (no cell) and for its cells.</summary>
    public IReadOnlyList<GuestMemoryPolicy> NumaTune { get; init; } = [];

    /// <summary>CPU lists of virtual CPUs, verbatim.</summary>
    public IReadOnlyDictionary<int, string> VcpuPins { get; init; } = new SortedDictionary<int, string>();

    /// <summary>CPU list of the emulator's threads, verbatim.</summary>
    public string? EmulatorPin { get; init; }

    /// <summary>CPU lists of I/O threads, verbatim.</summary>
    public IReadOnlyDictionary<int, string> IothreadPins { get; init; } = new SortedDictionary<int, string>();

    /// <summary>The guest's own NUMA cells.</summary>
    public IReadOnlyList<GuestCell> Cells { get; init; } = [];

    /// <summary>PCI functions given by hostdev.</summary>
    public IReadOnlyList<GuestDevice> HostDevices { get; init; } = [];

    /// <summary>Network functions given by an interface of type hostdev.</summary>
    public IReadOnlyList<GuestDevice> HostInterfaces { get; init; } = [];

    /// <summary>Functions given to vfio-pci by QEMU arguments, which libvirt does not look into.</summary>
    public IReadOnlyList<GuestDevice> CommandLineDevices { get; init; } = [];

    /// <summary>The virtual IOMMU.</summary>
    public GuestIommu? Iommu { get; init; }

    /// <summary>Driver of the I/O APIC: kvm or qemu.</summary>
    public string? IoapicDriver { get; init; }

    /// <summary>KVM hides from the guest.</summary>
    public bool? IsKvmHidden { get; init; }

    /// <summary>Vendor id that Hyper-V's leaves show.</summary>
    public string? HypervVendorId { get; init; }

    /// <summary>Model of the memory balloon; null when none is stated, which libvirt takes as virtio.</summary>
    public string? MemballoonModel { get; init; }

    /// <summary>PCI controllers.</summary>
    public IReadOnlyList<GuestPciController> PciControllers { get; init; } = [];

    /// <summary>Firmware image.</summary>
    public string? Loader { get; init; }

    /// <summary>Firmware chosen by kind: efi, bios.</summary>
    public string? Firmware { get; init; }

    /// <summary>What could not be made out or has no effect, each a sentence with its line.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Everything that is given from the host's PCI functions.</summary>
    public IEnumerable<GuestDevice> Devices => HostDevices.Concat(HostInterfaces).Concat(CommandLineDevices);

    /// <summary>Memory in bytes: as stated, else the sum of the cells; null when neither is told.</summary>
    public long? TotalBytes => MemoryBytes ?? (Cells.Count > 0 && Cells.All(cell => cell.MemoryBytes is not null) ? Cells.Sum(cell => cell.MemoryBytes) : null);

    /// <summary>A q35 machine; null when the machine is not named.</summary>
    public bool? IsQ35 => Machine is null ? null : Machine.Contains("q35", StringComparison.Ordinal);

    /// <summary>It boots by UEFI; null when that is not told.</summary>
    public bool? IsUefi => Firmware is { } kind ? kind is "efi" or "ovmf"
        : Loader is { } image ? image.Contains("OVMF", StringComparison.OrdinalIgnoreCase) || image.Contains("edk2", StringComparison.OrdinalIgnoreCase)
            || image.Contains("AAVMF", StringComparison.OrdinalIgnoreCase) || image.Contains("uefi", StringComparison.OrdinalIgnoreCase)
        : null;
}

/// <summary>The guest's CPU.</summary>
/// <param name="Mode">host-passthrough, host-model, maximum, custom.</param>
/// <param name="MaxPhysAddrMode">passthrough or emulate.</param>
/// <param name="MaxPhysAddrBits">Width of physical addresses, for emulate.</param>
/// <param name="Topology">Sockets, cores and threads.</param>
public sealed record GuestCpu(string? Mode, string? MaxPhysAddrMode, int? MaxPhysAddrBits, GuestTopology? Topology);

/// <summary>Topology that the guest sees.</summary>
public sealed record GuestTopology(int Sockets, int Cores, int Threads);

/// <summary>One page size. Nodeset: the guest's own cells that it is for, verbatim; null for all.</summary>
public sealed record GuestHugePages(long? SizeBytes, string? Nodeset);

/// <summary>Where memory comes from.</summary>
/// <param name="Cell">The guest's cell; null for the whole guest.</param>
/// <param name="Mode">strict, preferred, interleave, restrictive.</param>
/// <param name="Nodeset">The host's nodes, verbatim.</param>
/// <param name="Placement">static or auto.</param>
public sealed record GuestMemoryPolicy(int? Cell, string? Mode, string? Nodeset, string? Placement);

/// <summary>A cell of the guest.</summary>
public sealed record GuestCell(int Id, string? Cpus, long? MemoryBytes);

/// <summary>A function that is given to the guest.</summary>
/// <param name="Address">The host's function.</param>
/// <param name="Managed">managed, verbatim; null where absent, which libvirt takes as no.</param>
/// <param name="GuestAddress">PCI address inside the guest, dddd:bb:dd.f; null where none is stated.</param>
public sealed record GuestDevice(PciAddress Address, string? Managed, string? GuestAddress)
{
    /// <summary>Driver name: vfio, or one of kvm and xen, which are gone.</summary>
    public string? Driver { get; init; }

    /// <summary>iommufd of the driver, verbatim.</summary>
    public string? IommuFd { get; init; }

    /// <summary>File with an expansion ROM.</summary>
    public string? RomFile { get; init; }

    /// <summary>Every function of the slot is given.</summary>
    public bool HasAllFunctions { get; init; }

    /// <summary>1-based line of the definition.</summary>
    public int Line { get; init; }
}

/// <summary>The virtual IOMMU, attributes verbatim.</summary>
public sealed record GuestIommu(string? Model, string? Intremap, string? CachingMode, string? Iotlb, string? Eim, string? AwBits);

/// <summary>A PCI controller of the guest.</summary>
/// <param name="Index">Its bus number.</param>
/// <param name="Model">pcie-root, pcie-root-port, pci-root …</param>
/// <param name="PciHole64Bytes">pcihole64 in bytes.</param>
public sealed record GuestPciController(int Index, string? Model, long? PciHole64Bytes);
