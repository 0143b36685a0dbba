using System.Runtime.InteropServices;

namespace Passthrough.Bench.Vfio;

// Layouts of include/uapi/linux/vfio.h, as far as argsz says that we know them: later kernels append, they never move.

/// <summary>struct vfio_group_status.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GroupStatus
{
    public uint Size;
    public uint Flags;
}

/// <summary>struct vfio_iommu_type1_info up to cap_offset, with the padding that makes it 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IommuInfo
{
    public uint Size;
    public uint Flags;
    public ulong PageSizes;
    public uint CapabilityOffset;
    public uint Padding;
}

/// <summary>struct vfio_device_info, 20 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DeviceInfo
{
    public uint Size;
    public uint Flags;
    public uint Regions;
    public uint Interrupts;
    public uint CapabilityOffset;
}

/// <summary>struct vfio_region_info, 32 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RegionInfo
{
    public uint Size;
    public uint Flags;
    public uint Index;
    public uint CapabilityOffset;
    public ulong Bytes;
    public ulong Offset;
}

/// <summary>struct vfio_irq_info, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IrqInfo
{
    public uint Size;
    public uint Flags;
    public uint Index;
    public uint Count;
}

/// <summary>struct vfio_irq_set with room for two descriptors: 20 bytes of header and 4 of data for each.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IrqSet
{
    public uint Size;
    public uint Flags;
    public uint Index;
    public uint Start;
    public uint Count;
    public int Descriptor;
    public int SecondDescriptor;

    /// <summary>Bytes without data.</summary>
    public const uint HeaderBytes = 20;
}

/// <summary>struct vfio_iommu_type1_dma_map, 32 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DmaMap
{
    public uint Size;
    public uint Flags;
    public ulong Address;
    public ulong Iova;
    public ulong Bytes;
}

/// <summary>struct vfio_iommu_type1_dma_unmap, 24 bytes; the kernel writes back how many bytes it unmapped.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DmaUnmap
{
    public uint Size;
    public uint Flags;
    public ulong Iova;
    public ulong Bytes;
}
