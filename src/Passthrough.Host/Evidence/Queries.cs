namespace Passthrough.Host.Evidence;

/// <summary>Names of the questions that only a system call can answer. Content: <c>key=value</c> lines, UTF-8.</summary>
public static class Queries
{
    /// <summary>
    /// Opens /dev/kvm and asks KVM_GET_API_VERSION: <c>api=12</c>. Denied: no permission; Absent: no node;
    /// Failed (ENODEV, ENXIO): the node is there but KVM refuses. Source: Documentation/virt/kvm/api.rst.
    /// </summary>
    public const string Kvm = "kvm";

    /// <summary>getrlimit(RLIMIT_MEMLOCK) of this process: <c>soft=…</c> and <c>hard=…</c>, bytes or "unlimited".</summary>
    public const string MemoryLock = "memlock";

    /// <summary>CPUID leaf 0x40000000, <c>signature=…</c>: EBX ECX EDX as text without trailing zeros; Absent when the hypervisor bit is clear or the CPU is no x86.</summary>
    public const string HypervisorSignature = "hypervisor-signature";

    /// <summary>
    /// Names of vendors and devices: prefix <c>pci-names:</c> plus <c>vvvv:dddd</c> ids, ordered, separated by commas. The content is
    /// the lines of the machine's pci.ids that name them, in the file's own form: a bundle holds these and not the whole megabyte.
    /// </summary>
    public const string PciNamesPrefix = "pci-names:";

    /// <summary>
    /// Header and capabilities of a function's config space: prefix <c>pci-config:</c> plus the path of its <c>config</c> file. Content:
    /// <c>length=4096</c>, the bytes that are readable, then <c>040=10…</c>, offset and bytes in hex. Only a running machine answers it;
    /// a tree and an older bundle hold the file.
    /// </summary>
    public const string PciConfigPrefix = "pci-config:";

    /// <summary>
    /// Whether a process of this name runs: prefix <c>process:</c> plus the name. <c>running=1</c> or <c>0</c>, <c>unseen=N</c> processes that could not be
    /// looked at. Not recorded outside the initial PID namespace. One query and not a question for each process: a bundle must not hold their names.
    /// </summary>
    public const string ProcessPrefix = "process:";

    /// <summary>geteuid: <c>euid=0</c>.</summary>
    public const string User = "user";

    /// <summary>Opens /dev/vfio/vfio and asks VFIO_GET_API_VERSION and VFIO_CHECK_EXTENSION(TYPE1v2): <c>api=0</c>, <c>type1v2=1</c>.</summary>
    public const string VfioContainer = "vfio-container";

    /// <summary>Permission bits, owner and kind of a node: prefix <c>stat:</c> plus path. <c>mode=666</c> (octal), <c>uid=0</c>, <c>gid=0</c>, <c>type=char|block|file|dir</c>.</summary>
    public const string StatPrefix = "stat:";

    /// <summary>
    /// Processes with an open group or device node of VFIO: lines <c>pid=… node=/dev/vfio/…</c> and, where QEMU's command line tells it, <c> guest=…</c>
    /// (to the end of the line); last <c>unseen=N</c>, the number of processes whose open files could not be seen.
    /// </summary>
    public const string VfioHolders = "vfio-holders";
}
