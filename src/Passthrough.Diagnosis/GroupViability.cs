using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Iommu;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis;

/// <summary>Whether VFIO would open a group now.</summary>
/// <param name="Viable">False with a blocker; null when a member or its driver is not known; else true.</param>
/// <param name="Blockers">Members whose driver keeps VFIO out.</param>
public sealed record GroupViability(bool? Viable, IReadOnlyList<PciDevice> Blockers)
{
    /// <summary>Judges a group by its members' drivers as they are.</summary>
    public static GroupViability Of(IommuGroup group, PciInventory inventory)
    {
        var blockers = new List<PciDevice>();

        // What is no PCI function has a driver that the inventory does not show.
        bool unknown = group.OtherMembers.Count > 0 || group.Devices.Count == 0;
        foreach (PciAddress address in group.Devices)
        {
            PciDevice? member = inventory.Find(address);
            bool? blocks = member is null ? null : GroupMember.Blocks(member);
            if (blocks == true)
            {
                blockers.Add(member!);
            }

            unknown |= blocks is null;
        }

        return new GroupViability(blockers.Count > 0 ? false : unknown ? null : true, blockers);
    }
}
