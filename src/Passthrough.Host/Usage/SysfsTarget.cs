using Passthrough.Host.Pci;

namespace Passthrough.Host.Usage;

/// <summary>Finds the PCI function in the text of a class link.</summary>
internal static class SysfsTarget
{
    /// <summary>
    /// The last PCI address among the components, for example 0000:03:00.0 of
    /// <c>../../devices/pci0000:00/0000:00:1c.0/0000:03:00.0/nvme/nvme0/nvme0n1</c>; null for virtual devices.
    /// </summary>
    public static PciAddress? Function(string target)
    {
        foreach (string part in target.Split('/').Reverse())
        {
            if (PciAddress.TryParse(part, out PciAddress address))
            {
                return address;
            }
        }

        return null;
    }
}
