using Passthrough.Bench.Native;

namespace Passthrough.Bench.Vfio;

/// <summary>
/// What an errno means at each step of the VFIO type1 path. Where the kernel answers with one number for several causes, all of
/// them are named and the sentence says where to look. Sources: drivers/vfio/{group,container,vfio_iommu_type1}.c.
/// </summary>
internal static class VfioErrors
{
    private const string SeeLog = "the kernel log says which";

    /// <summary>open("/dev/vfio/vfio").</summary>
    public static string? Container(int errno) => errno switch
    {
        Errno.ENOENT => "there is no VFIO container node; the module vfio is not loaded (modprobe vfio-pci)",
        Errno.ENODEV or Errno.ENXIO => "the node is there but no module serves it; load vfio (modprobe vfio-pci)",
        Errno.EACCES or Errno.EPERM => "this process may not open it; run as root or change the node's permissions",
        _ => null,
    };

    /// <summary>open("/dev/vfio/N").</summary>
    public static string? Group(int errno) => errno switch
    {
        Errno.ENOENT => "no function of this IOMMU group is bound to a VFIO driver, or the module vfio-pci is not loaded",
        Errno.EBUSY => "the group is in use: another process, such as a running guest, holds it open",
        Errno.EACCES or Errno.EPERM => "this process may not open the group; run as root or change the node's permissions",
        Errno.ENODEV => "the group has lost its devices; bind one to vfio-pci again",
        _ => null,
    };

    /// <summary>VFIO_GROUP_SET_CONTAINER.</summary>
    public static string? SetContainer(int errno) => errno switch
    {
        Errno.EINVAL => "the group is already in a container, or the firmware requires a 1:1 mapping (RMRR, IVMD) for one of its devices "
            + "and the kernel refuses to give it away; " + SeeLog,
        Errno.EBUSY => "a host driver still owns DMA of this group; every function in it must be on a VFIO driver or on none",
        Errno.EPERM => "the group has no IOMMU behind it (vfio-noiommu) and this process lacks CAP_SYS_RAWIO",
        _ => null,
    };

    /// <summary>VFIO_SET_IOMMU.</summary>
    public static string? SetIommu(int errno) => errno switch
    {
        Errno.EPERM => "the platform has no interrupt remapping and vfio_iommu_type1's parameter allow_unsafe_interrupts is N, "
            + "or the firmware reserves memory for a device of the group (RMRR); " + SeeLog,
        Errno.ENODEV => "no IOMMU driver of VFIO takes the group; the module vfio_iommu_type1 is not loaded",
        Errno.EINVAL => "the group cannot be attached, for example because of a memory region that the firmware reserves for one of its devices; "
            + SeeLog,
        Errno.EBUSY => "a host driver still owns DMA of this group; every function in it must be on a VFIO driver or on none",
        _ => null,
    };

    /// <summary>VFIO_GROUP_GET_DEVICE_FD.</summary>
    public static string? GetDevice(int errno) => errno switch
    {
        Errno.ENODEV => "the function is not in this group or not bound to a VFIO driver",
        Errno.EBUSY => "the device is already open in another process",
        Errno.EINVAL => "the group is not attached to a container",
        _ => null,
    };

    /// <summary>VFIO_IOMMU_MAP_DMA.</summary>
    public static string? Map(int errno) => errno switch
    {
        Errno.ENOMEM => "RLIMIT_MEMLOCK of this process is too small for the mapping (ulimit -l; CAP_IPC_LOCK lifts it), "
            + "or the kernel has no memory for the page tables; " + SeeLog,
        Errno.ENOSPC => "all mappings that vfio_iommu_type1's parameter dma_entry_limit allows are in use",
        Errno.EEXIST => "a mapping overlaps this IOVA range already",
        Errno.EINVAL => "address, IOVA and size must be whole pages and the IOVA range must lie outside reserved regions "
            + "and within what the IOMMU can address",
        Errno.EFAULT => "the memory behind the address cannot be pinned",
        Errno.EBUSY => "the container is in a state that takes no mapping now",
        _ => null,
    };

    /// <summary>VFIO_DEVICE_SET_IRQS.</summary>
    public static string? SetIrqs(int errno) => errno switch
    {
        Errno.EINVAL => "the device has no such interrupt vector, or another interrupt kind is enabled already",
        Errno.ENOSPC => "no interrupt vector is free on this machine",
        Errno.ENOMEM => "the kernel has no memory for the vectors",
        Errno.ENOTTY => "the device does not know this interrupt kind",
        _ => null,
    };
}
