using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>Whether a member keeps VFIO from opening its group.</summary>
internal static class GroupMember
{
    /// <summary>
    /// False for no driver, a VFIO driver, pci-stub, and a bridge or port on pcieport; true for any other driver; null when
    /// the driver is not known. Source: drivers with driver_managed_dma in drivers/vfio, drivers/pci/pci-stub.c, drivers/pci/pcie/portdrv.c.
    /// </summary>
    public static bool? Blocks(PciDevice member)
    {
        if (member.IsOnVfioDriver || member.Driver.IsAbsent)
        {
            return false;
        }

        return member.Driver.IsKnown ? !(member.Driver.Value is "pci-stub" or "pcieport") : null;
    }
}
