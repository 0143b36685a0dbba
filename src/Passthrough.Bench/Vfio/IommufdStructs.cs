using System.Runtime.InteropServices;

namespace Passthrough.Bench.Vfio;

// Layouts of include/uapi/linux/iommufd.h (Linux 6.2) and of the ioctls that vfio.h gained for it (Linux 6.6). The first word is the
// struct's size; a later kernel takes a shorter struct for what it was then.

/// <summary>Request numbers and flags of iommufd: all are _IO(';', 0x80 + n).</summary>
internal static class IommufdRequests
{
    public const int AddressSpaceAlloc = 0x3B81;
    public const int Ranges = 0x3B84;
    public const int Map = 0x3B85;
    public const int Unmap = 0x3B86;
    public const int Option = 0x3B87;

    /// <summary>IOMMU_IOAS_MAP_FIXED_IOVA | WRITEABLE | READABLE.</summary>
    public const uint MapFixedReadWrite = 7;

    /// <summary>IOMMU_OPTION_HUGE_PAGES: 0 maps everything in pages of PAGE_SIZE.</summary>
    public const uint OptionHugePages = 1;

    /// <summary>IOMMU_OPTION_OP_SET.</summary>
    public const ushort OptionSet = 0;
}

/// <summary>struct vfio_device_bind_iommufd up to out_devid, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BindIommufd
{
    public uint Size;
    public uint Flags;
    public int Iommufd;
    public uint DeviceId;
}

/// <summary>struct vfio_device_attach_iommufd_pt up to pt_id, 12 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AttachIommufd
{
    public uint Size;
    public uint Flags;
    public uint PageTable;
}

/// <summary>struct vfio_device_detach_iommufd_pt up to flags, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DetachIommufd
{
    public uint Size;
    public uint Flags;
}

/// <summary>struct iommu_ioas_alloc, 12 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AddressSpaceAlloc
{
    public uint Size;
    public uint Flags;
    public uint Id;
}

/// <summary>struct iommu_iova_range: both ends included.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IovaRange
{
    public ulong Start;
    public ulong Last;
}

/// <summary>struct iommu_ioas_iova_ranges, 32 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IovaRanges
{
    public uint Size;
    public uint Id;
    public uint Count;
    public uint Reserved;
    public ulong Ranges;
    public ulong Alignment;
}

/// <summary>struct iommu_ioas_map, 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AddressSpaceMap
{
    public uint Size;
    public uint Flags;
    public uint Id;
    public uint Reserved;
    public ulong Address;
    public ulong Bytes;
    public ulong Iova;
}

/// <summary>struct iommu_ioas_unmap, 24 bytes; the kernel writes back how many bytes it unmapped.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AddressSpaceUnmap
{
    public uint Size;
    public uint Id;
    public ulong Iova;
    public ulong Bytes;
}

/// <summary>struct iommu_option, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IommuOption
{
    public uint Size;
    public uint Id;
    public ushort Operation;
    public ushort Reserved;
    public uint Object;
    public ulong Value;
}
