using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Simulation;

/// <summary>
/// How a function resets, and what a reset of its bus takes along. Sources: drivers/pci/pci.c (pci_reset_fn_methods),
/// drivers/vfio/pci/vfio_pci_core.c (hot reset needs every affected group).
/// </summary>
internal static class ResetScope
{
    // These reset one function; bus and cxl_bus reset what shares the bus.
    private static readonly string[] _ownMethods = ["flr", "af_flr", "device_specific", "acpi", "pm"];

    /// <summary>The methods that reset this function alone.</summary>
    public static IReadOnlyList<string> OwnMethods(IReadOnlyList<string> methods) => [.. methods.Where(_ownMethods.Contains)];

    /// <summary>
    /// True when the function can be reset alone; false when only its bus can be, or nothing; null where that was not seen. Before Linux 5.15 the
    /// advertised function level reset decides.
    /// </summary>
    public static bool? IsAlone(HostModel model, PciDevice device)
    {
        if (device.ResetMethods.IsKnown)
        {
            return OwnMethods(device.ResetMethods.Value!).Count > 0;
        }

        if (device.ResetMethods.IsAbsent && model.Pci.All.Any(other => other.ResetMethods.IsKnown))
        {
            return false;
        }

        // The kernel leaves out an advertised reset that a device is known to fail at: where its own list was not read, the capability tells nothing.
        if (!device.ResetMethods.IsAbsent)
        {
            return null;
        }

        return device.Capabilities.Flr == true ? true : (device.HasReset.IsAbsent && IommuFacts.AbsenceIsFact(model)) || device.HasReset is { IsKnown: true, Value: false } ? false : null;
    }

    /// <summary>Every other function below the bridge above this one, whose secondary bus a reset would clear; empty without a bridge.</summary>
    public static IReadOnlyList<PciDevice> BusMates(HostModel model, PciDevice device)
    {
        if (device.Parent is not { } bridge)
        {
            return [];
        }

        // Level by level downwards: a machine may have thousands of functions.
        var below = new HashSet<PciAddress> { bridge };
        var mates = new List<PciDevice>();
        for (int before = 0; before != below.Count;)
        {
            before = below.Count;
            foreach (PciDevice other in model.Pci.All)
            {
                if (other.Parent is { } parent && below.Contains(parent) && below.Add(other.Address) && other.Address != device.Address)
                {
                    mates.Add(other);
                }
            }
        }

        return mates;
    }
}
