using Passthrough.Host.Acpi;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks.Firmware;

/// <summary>Which devices the reserved-memory entries of DMAR and IVRS name.</summary>
internal static class ReservedMemoryScopes
{
    private const int Endpoint = 1, Bridge = 2;

    /// <summary>The first RMRR whose scope holds the device, or null.</summary>
    public static DmarReservedRegion? Rmrr(HostModel model, PciDevice device) => model.Acpi.Dmar.Value!.ReservedRegions
        .FirstOrDefault(region => region.Scopes.Any(scope => Covers(model, region.Segment, scope, device)));

    /// <summary>An RMRR names a device through bridges that are not in the model: whom it means is not known.</summary>
    public static bool HasUnresolvedPath(HostModel model) => model.Acpi.Dmar.IsKnown && model.Acpi.Dmar.Value!.ReservedRegions.Any(region =>
        region.Scopes.Any(scope => scope.Path.Count > 1 && Resolve(model, region.Segment, scope) is null));

    /// <summary>The first IVMD entry that demands a mapping (not an exclusion range) for the device, or null.</summary>
    public static IvrsMemoryBlock? Ivmd(IvrsTable table, PciAddress device)
    {
        const int ExclusionRange = 1 << 3;
        ushort id = (ushort)((device.Bus << 8) | (device.Device << 3) | device.Function);
        return table.Memory.FirstOrDefault(block => (block.Flags & ExclusionRange) == 0 && block.Type switch
        {
            0x20 => true,
            0x21 => block.DeviceId == device,
            0x22 => device.Domain == block.DeviceId.Domain && id >= RequesterId(block.DeviceId) && id <= block.AuxiliaryId,
            _ => false,
        });
    }

    private static ushort RequesterId(PciAddress address) => (ushort)((address.Bus << 8) | (address.Device << 3) | address.Function);

    // A path of more than one hop goes through bridges: each next hop is the function with that device and function
    // number below the one before (VT-d specification, 8.3.1).
    private static bool Covers(HostModel model, ushort segment, DmarScope scope, PciDevice device) =>
        Resolve(model, segment, scope) is { } hop
        && (hop == device.Address || (scope.Type == Bridge && IsBelow(model, device, hop)));

    private static PciAddress? Resolve(HostModel model, ushort segment, DmarScope scope)
    {
        if (scope.Type is not (Endpoint or Bridge) || scope.Path.Count == 0)
        {
            return null;
        }

        PciAddress? hop = new PciAddress(segment, scope.Bus, scope.Path[0].Device, scope.Path[0].Function);
        foreach ((byte number, byte function) in scope.Path.Skip(1))
        {
            hop = model.Pci.All.FirstOrDefault(item => item.Parent == hop && item.Address.Device == number && item.Address.Function == function)?.Address;
            if (hop is null)
            {
                return null;
            }
        }

        return hop;
    }

    private static bool IsBelow(HostModel model, PciDevice device, PciAddress bridge)
    {
        // A tree that points back at itself must end somewhere: no path is deeper than the 256 buses.
        PciAddress? parent = device.Parent;
        for (int depth = 0; parent is not null && depth < 256; depth++)
        {
            if (parent == bridge)
            {
                return true;
            }

            parent = model.Pci.Find(parent.Value)?.Parent;
        }

        return false;
    }
}
