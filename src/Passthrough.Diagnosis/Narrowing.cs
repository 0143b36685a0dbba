using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis;

/// <summary>Which findings concern the devices that were asked for.</summary>
internal static class Narrowing
{
    private const int DeepestHierarchy = 256;

    /// <summary>
    /// Findings about the host, and about these devices, the members of their groups, the ports above them, their physical or virtual functions and their nodes. What is
    /// said of another function, group or node is left out. Guests and tokens stay: they may speak of the device. No device: all.
    /// </summary>
    public static IEnumerable<Finding> To(HostModel model, IReadOnlyList<PciAddress> devices, IReadOnlyList<Finding> findings)
    {
        if (devices.Count == 0)
        {
            return findings;
        }

        HashSet<PciAddress> functions = [.. devices];
        HashSet<string> places = new(StringComparer.Ordinal);
        foreach (PciAddress address in devices)
        {
            if (model.Iommu.GroupOf(address) is { } group)
            {
                AddGroup(group, functions, places);
            }

            PciDevice? device = model.Pci.Find(address);
            functions.UnionWith(device?.Sriov.VirtualFunctions ?? []);
            if (device?.Sriov.PhysicalFunction is { } physical)
            {
                functions.Add(physical);
            }

            if (device is { NumaNode: { IsKnown: true, Value: >= 0 } node })
            {
                places.Add(FormattableString.Invariant($"node:{node.Value}"));
            }

            for (int depth = 0; device?.Parent is { } above && depth < DeepestHierarchy; depth++)
            {
                functions.Add(above);
                device = model.Pci.Find(above);
            }
        }

        return findings.Where(finding => Concerns(finding.Subject, functions, places));
    }

    private static void AddGroup(IommuGroup group, HashSet<PciAddress> functions, HashSet<string> places)
    {
        places.Add("group:" + group.Id);
        functions.UnionWith(group.Devices);
    }

    private static bool Concerns(string subject, HashSet<PciAddress> functions, HashSet<string> places) =>
        PciAddress.TryParse(subject, out PciAddress address) ? functions.Contains(address)
            : (!subject.StartsWith("group:", StringComparison.Ordinal) && !subject.StartsWith("node:", StringComparison.Ordinal)) || places.Contains(subject);
}
