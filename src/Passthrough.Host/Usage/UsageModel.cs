using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;

namespace Passthrough.Host.Usage;

/// <summary>What the host itself uses its devices for, and who holds VFIO nodes.</summary>
public sealed record HostUsage
{
    /// <summary>Use in words by function: "mounted at /", "swap", "default route (eth0)", "boot display".</summary>
    public required IReadOnlyDictionary<PciAddress, IReadOnlyList<string>> Uses { get; init; }

    /// <summary>Processes that hold an open VFIO node: node path and process.</summary>
    public required Reading<IReadOnlyList<VfioHolder>> Holders { get; init; }

    /// <summary>The host's mounts were read: only then is a function without a use free, as far as <see cref="Unresolved"/> allows.</summary>
    public bool IsSeen { get; init; }

    /// <summary>
    /// What the host uses although the function behind it is not told, in words: "zfs at /: its disks are not told by sysfs". While
    /// this is not empty, a function without a use is not known to be free.
    /// </summary>
    public IReadOnlyList<string> Unresolved { get; init; } = [];

    /// <summary>Functions of which one kind of use could not be asked, and what was not seen, in words: "whether it drives a framebuffer".</summary>
    public IReadOnlyDictionary<PciAddress, string> UnseenOf { get; init; } = new Dictionary<PciAddress, string>();
}

/// <summary>A process with an open VFIO node. Domain: the guest's name from the command line of QEMU, null when not told.</summary>
public sealed record VfioHolder(string Node, int ProcessId, string? Domain);

/// <summary>VFIO and KVM nodes, limits, privilege.</summary>
public sealed record VfioState
{
    /// <summary>Names in /dev/vfio.</summary>
    public required Reading<IReadOnlyList<string>> Nodes { get; init; }

    /// <summary>Permission bits of /dev/vfio/vfio (octal value as number, e.g. 0x1b6 for 0666); absent: no node.</summary>
    public required Reading<int> ContainerMode { get; init; }

    /// <summary>What the container says when opened: TYPE1v2 supported. Denied, absent, failed as read; withheld when opening would load the module.</summary>
    public required Reading<bool> ContainerType1 { get; init; }

    /// <summary>/dev/iommu exists (mode bits).</summary>
    public required Reading<int> IommufdMode { get; init; }

    /// <summary>Names in /dev/vfio/devices (cdev).</summary>
    public required Reading<IReadOnlyList<string>> Cdevs { get; init; }

    /// <summary>
    /// What stands in <c>vfio-dev/vfioN/dev</c> of each function that VFIO serves: the number of its character device. Absent: the
    /// folder is there without it, so this kernel gives the function no such device.
    /// </summary>
    public IReadOnlyDictionary<PciAddress, Reading<string>> CdevNumbers { get; init; } = new Dictionary<PciAddress, Reading<string>>();

    /// <summary>Mode, uid and gid of each group node /dev/vfio/N.</summary>
    public required IReadOnlyDictionary<string, Reading<int>> GroupNodeModes { get; init; }
}

/// <summary>/dev/kvm, judged by opening it and asking.</summary>
/// <param name="ApiVersion">KVM_GET_API_VERSION (12 on every kernel in use); Absent: no node; Denied; Failed: present but refuses.</param>
/// <param name="NodeMode">Permission bits of the node.</param>
public sealed record KvmState(Reading<int> ApiVersion, Reading<int> NodeMode);

/// <summary>How much this run may see, and where it runs.</summary>
public sealed record Privilege
{
    /// <summary>Effective capabilities (CapEff of /proc/self/status).</summary>
    public required Reading<ulong> EffectiveCapabilities { get; init; }

    /// <summary>Effective user id.</summary>
    public required Reading<int> EffectiveUser { get; init; }

    /// <summary>/proc/self/uid_map maps the whole range onto itself: the initial user namespace.</summary>
    public required Reading<bool> InitialUserNamespace { get; init; }

    /// <summary>Signs of a container that were found (/.dockerenv, /run/.containerenv, /proc/1/cgroup …); unknown when nothing could be read.</summary>
    public required Reading<IReadOnlyList<string>> ContainerSigns { get; init; }

    /// <summary>CAP_SYS_ADMIN (bit 21); null when not known.</summary>
    public bool? HasSysAdmin => EffectiveCapabilities.IsKnown ? (EffectiveCapabilities.Value & (1UL << 21)) != 0 : null;
}

/// <summary>RLIMIT_MEMLOCK and where it is configured.</summary>
/// <param name="SoftBytes">Soft limit of this process; long.MaxValue for unlimited.</param>
/// <param name="HardBytes">Hard limit.</param>
/// <param name="Configuration">limits.conf, limits.d files with memlock lines.</param>
/// <param name="QemuProcesses">Locked-memory limits of the processes that hold a VFIO node (QEMU and its like): pid, soft limit (long.MaxValue unlimited).</param>
public sealed record MemoryLockLimits(Reading<long> SoftBytes, Reading<long> HardBytes,
    IReadOnlyList<Kernel.ConfigurationFile> Configuration, Reading<IReadOnlyList<(int ProcessId, long SoftBytes)>> QemuProcesses);

/// <summary>DMI identity: what the machine is. Serial numbers and UUIDs are never asked.</summary>
public sealed record DmiInfo(Reading<string> SystemVendor, Reading<string> ProductName, Reading<string> BoardVendor, Reading<string> BoardName,
    Reading<string> BiosVendor, Reading<string> BiosVersion, Reading<string> BiosDate);
