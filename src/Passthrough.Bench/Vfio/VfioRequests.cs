namespace Passthrough.Bench.Vfio;

/// <summary>Request numbers and flags of the VFIO interface: all are _IO(';', 100 + n). Source: include/uapi/linux/vfio.h.</summary>
internal static class VfioRequests
{
    public const int GetApiVersion = 0x3B64;
    public const int CheckExtension = 0x3B65;
    public const int SetIommu = 0x3B66;
    public const int GroupGetStatus = 0x3B67;
    public const int GroupSetContainer = 0x3B68;
    public const int GroupGetDevice = 0x3B6A;
    public const int DeviceGetInfo = 0x3B6B;
    public const int DeviceGetRegionInfo = 0x3B6C;
    public const int DeviceGetIrqInfo = 0x3B6D;
    public const int DeviceSetIrqs = 0x3B6E;
    public const int DeviceReset = 0x3B6F;
    public const int IommuGetInfo = 0x3B70;
    public const int MapDma = 0x3B71;
    public const int UnmapDma = 0x3B72;

    /// <summary>VFIO_DEVICE_BIND_IOMMUFD (Linux 6.6), on the device's own node.</summary>
    public const int BindIommufd = 0x3B76;

    /// <summary>VFIO_DEVICE_ATTACH_IOMMUFD_PT.</summary>
    public const int AttachIommufd = 0x3B77;

    /// <summary>VFIO_DEVICE_DETACH_IOMMUFD_PT.</summary>
    public const int DetachIommufd = 0x3B78;

    /// <summary>VFIO_API_VERSION.</summary>
    public const int ApiVersion = 0;

    /// <summary>VFIO_TYPE1v2_IOMMU.</summary>
    public const int Type1V2 = 3;

    /// <summary>VFIO_GROUP_FLAGS_VIABLE.</summary>
    public const uint GroupViable = 1;

    /// <summary>VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE.</summary>
    public const uint MapReadWrite = 3;

    /// <summary>VFIO_REGION_INFO_FLAG_MMAP.</summary>
    public const uint RegionMappable = 4;

    /// <summary>VFIO_PCI_CONFIG_REGION_INDEX; BARs are 0 to 5.</summary>
    public const uint ConfigRegion = 7;

    /// <summary>VFIO_PCI_MSI_IRQ_INDEX.</summary>
    public const uint MsiIndex = 1;

    /// <summary>VFIO_PCI_MSIX_IRQ_INDEX.</summary>
    public const uint MsixIndex = 2;

    /// <summary>VFIO_IRQ_INFO_EVENTFD.</summary>
    public const uint IrqEventDescriptor = 1;

    /// <summary>VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER.</summary>
    public const uint SetTriggerDescriptors = 0x24;

    /// <summary>VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER: with count 0 disables the index, else fires it by software.</summary>
    public const uint SetTriggerNone = 0x21;

    /// <summary>VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE.</summary>
    public const ushort CapabilityIovaRange = 1;

    /// <summary>VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL.</summary>
    public const ushort CapabilityDmaAvailable = 3;
}
