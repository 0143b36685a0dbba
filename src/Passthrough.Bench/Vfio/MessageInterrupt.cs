namespace Passthrough.Bench.Vfio;

/// <summary>The kinds of interrupt that are a memory write of the device, by their VFIO index. Source: include/uapi/linux/vfio.h.</summary>
internal enum MessageInterrupt : uint
{
    /// <summary>VFIO_PCI_MSI_IRQ_INDEX.</summary>
    Msi = 1,

    /// <summary>VFIO_PCI_MSIX_IRQ_INDEX.</summary>
    MsiX = 2,
}
