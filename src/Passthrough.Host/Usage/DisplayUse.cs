using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;

namespace Passthrough.Host.Usage;

/// <summary>
/// Which display functions carry the host's screen: the one that firmware started, and those whose driver offers a framebuffer
/// (the text console) or a DRM card. Sources: Documentation/ABI/testing/sysfs-bus-pci (boot_vga), drivers/video/fbdev/core/fbsysfs.c.
/// </summary>
internal static class DisplayUse
{
    private const int DisplayClass = 0x03;

    /// <summary>Adds a use for each, and says where it could not be seen.</summary>
    public static void Read(IEvidence evidence, PciInventory pci, Action<PciAddress, string> add, Dictionary<PciAddress, string> unseen)
    {
        foreach (PciDevice device in pci.All)
        {
            if (device.BootVga.IsKnown && device.BootVga.Value)
            {
                add(device.Address, "boot display");
            }

            if (device.Class is not { } code || code >> 8 != DisplayClass)
            {
                continue;
            }

            if (!device.BootVga.IsKnown && !device.BootVga.IsAbsent)
            {
                unseen[device.Address] = "whether it is the boot display";
            }

            // A VFIO driver offers no screen, and neither does a function without a driver.
            if (!device.Driver.IsKnown || device.IsOnVfioDriver)
            {
                continue;
            }

            Reading<IReadOnlyList<string>> screens = evidence.List(device.Path + "/graphics");
            if (screens.IsKnown)
            {
                foreach (string name in screens.Value!.Where(name => name.StartsWith("fb", StringComparison.Ordinal)))
                {
                    add(device.Address, $"framebuffer {name}");
                }
            }
            else if (!screens.IsAbsent)
            {
                unseen.TryAdd(device.Address, "whether it drives a framebuffer");
            }
        }
    }
}
