using Passthrough.Bench.Native;

namespace Passthrough.Bench.Vfio;

/// <summary>
/// What an errno means at each step of the iommufd path. Sources: drivers/vfio/device_cdev.c,
/// drivers/iommu/iommufd/{device,ioas,io_pagetable,pages}.c.
/// </summary>
internal static class IommufdErrors
{
    private const string SeeLog = "the kernel log says which";

    /// <summary>open("/dev/iommu").</summary>
    public static string? Node(int errno) => errno switch
    {
        Errno.ENOENT or Errno.ENODEV or Errno.ENXIO => "the kernel has no iommufd: it is built without CONFIG_IOMMUFD, or the module is not loaded (modprobe iommufd)",
        Errno.EACCES or Errno.EPERM => "this process may not open it; run as root or change the node's permissions",
        _ => null,
    };

    /// <summary>open("/dev/vfio/devices/vfioN").</summary>
    public static string? DeviceNode(int errno) => errno switch
    {
        Errno.ENOENT => "the function has no device node: it is not bound to vfio-pci, or the kernel is built without CONFIG_VFIO_DEVICE_CDEV",
        Errno.ENODEV or Errno.ENXIO => "the function is just leaving its VFIO driver; bind it to vfio-pci again",
        Errno.EACCES or Errno.EPERM => "this process may not open it; run as root or change the node's permissions",
        _ => null,
    };

    /// <summary>VFIO_DEVICE_BIND_IOMMUFD.</summary>
    public static string? Bind(int errno) => errno switch
    {
        Errno.EPERM => "the platform has no interrupt remapping and iommufd's parameter allow_unsafe_interrupts is N",
        Errno.EBUSY => "the function's group is in use through /dev/vfio/N, or a host driver still owns DMA of a function in the group; "
            + "every function in it must be on a VFIO driver or on none",
        Errno.EINVAL => "the device is bound already, its IOMMU does not keep caches coherent, or the firmware requires a 1:1 mapping for it; " + SeeLog,
        Errno.ENODEV => "the function has no IOMMU behind it, or is just leaving its VFIO driver",
        Errno.ENOTTY => "this kernel's VFIO does not know iommufd (it came with Linux 6.6)",
        _ => null,
    };

    /// <summary>VFIO_DEVICE_ATTACH_IOMMUFD_PT.</summary>
    public static string? Attach(int errno) => errno switch
    {
        Errno.EINVAL => "the device cannot be attached, for example because of a memory region that the firmware reserves for it (RMRR, IVMD); " + SeeLog,
        Errno.EADDRINUSE => "a reserved region of the device overlaps what is mapped",
        Errno.EBUSY => "another owner holds the page table of the device's group",
        Errno.EPERM => "the platform has no interrupt remapping and iommufd's parameter allow_unsafe_interrupts is N",
        Errno.ENOMEM => "the kernel has no memory for the page table",
        _ => null,
    };

    /// <summary>IOMMU_IOAS_MAP.</summary>
    public static string? Map(int errno) => errno switch
    {
        Errno.ENOMEM => "RLIMIT_MEMLOCK of this user is too small for the mapping (ulimit -l; CAP_IPC_LOCK lifts it), "
            + "or the kernel has no memory for the page tables",
        Errno.ENOSPC => "no IOVA range of that size is free",
        Errno.EEXIST or Errno.EADDRINUSE => "a mapping overlaps this IOVA range already",
        Errno.EINVAL => "address, IOVA and size must be whole pages and the IOVA range must lie outside reserved regions "
            + "and within what the IOMMU can address",
        Errno.EFAULT => "the memory behind the address cannot be pinned",
        Errno.EOVERFLOW => "the range runs past the end of the address space",
        Errno.EBUSY => "the address space is in a state that takes no mapping now",
        _ => null,
    };

    /// <summary>IOMMU_IOAS_UNMAP.</summary>
    public static string? Unmap(int errno) => errno switch
    {
        Errno.ENOENT => "no mapping lies wholly in this IOVA range",
        Errno.EBUSY => "the mapping is in use by another part of the kernel",
        Errno.EOVERFLOW => "the range runs past the end of the address space",
        _ => null,
    };

    /// <summary>IOMMU_OPTION(HUGE_PAGES).</summary>
    public static string? HugePages(int errno) => errno switch
    {
        Errno.EINVAL => "the option can only be set before anything is mapped",
        Errno.ENOTTY or Errno.EOPNOTSUPP => "this kernel's iommufd does not know the option",
        _ => null,
    };
}
