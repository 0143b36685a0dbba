using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;

namespace Passthrough.Host.Iommu;

/// <summary>Units and groups. Sources: Documentation/ABI/testing/sysfs-class-iommu, sysfs-kernel-iommu_groups.</summary>
public sealed record IommuState
{
    private GroupIndex? _index;

    /// <summary>Entries of <c>/sys/class/iommu</c>. Absent: the kernel has no IOMMU support at all; empty: none registered.</summary>
    public required Reading<IReadOnlyList<IommuUnit>> Units { get; init; }

    /// <summary>The listing of <c>/sys/kernel/iommu_groups</c> (names); absent, denied or empty are different things.</summary>
    public required Reading<IReadOnlyList<string>> GroupFolder { get; init; }

    /// <summary>Union of the group folders and of the devices' links, ordered by number.</summary>
    public required IReadOnlyList<IommuGroup> Groups { get; init; }

    /// <summary>Groups with at least one member that are not vfio-noiommu groups.</summary>
    public IEnumerable<IommuGroup> RealGroups =>
        Groups.Where(group => !group.IsNoIommu && (group.Devices.Count > 0 || group.OtherMembers.Count > 0));

    /// <summary>The group of a function, or null.</summary>
    public IommuGroup? GroupOf(PciAddress address)
    {
        // Made for the list that it was made from: a copy with other groups makes its own.
        if (_index is not { } index || !ReferenceEquals(index.Groups, Groups))
        {
            var byAddress = new Dictionary<PciAddress, IommuGroup>();
            foreach (IommuGroup group in Groups)
            {
                foreach (PciAddress member in group.Devices)
                {
                    byAddress.TryAdd(member, group);
                }
            }

            _index = index = new GroupIndex(Groups, byAddress);
        }

        return index.ByAddress.GetValueOrDefault(address);
    }

    private sealed record GroupIndex(IReadOnlyList<IommuGroup> Groups, Dictionary<PciAddress, IommuGroup> ByAddress);
}

/// <summary>One IOMMU unit.</summary>
/// <param name="Name">dmar0, ivhd0, smmu3.0x…, virtio …</param>
/// <param name="Vendor">Told by the name; Unknown for others.</param>
/// <param name="Capability">Intel: CAP register (intel-iommu/cap); AMD: absent.</param>
/// <param name="ExtendedCapability">Intel: ECAP register; AMD: features register (amd-iommu/features).</param>
/// <param name="Address">Intel: register base (intel-iommu/address).</param>
/// <param name="Devices">Names under <c>devices/</c>.</param>
public sealed record IommuUnit(string Name, IommuVendor Vendor, Reading<ulong> Capability, Reading<ulong> ExtendedCapability,
    Reading<string> Address, Reading<IReadOnlyList<string>> Devices);

/// <summary>Whose IOMMU.</summary>
public enum IommuVendor
{
    /// <summary>Not told by its name.</summary>
    Unknown,

    /// <summary>Intel VT-d (dmarN).</summary>
    Intel,

    /// <summary>AMD-Vi (ivhdN).</summary>
    Amd,

    /// <summary>Arm SMMU (smmu…, arm-smmu…).</summary>
    Arm,

    /// <summary>virtio-iommu.</summary>
    Virtio,
}

/// <summary>One IOMMU group.</summary>
public sealed record IommuGroup
{
    /// <summary>The number as text.</summary>
    public required string Id { get; init; }

    /// <summary><c>name</c>, for example vfio-noiommu; absent normally.</summary>
    public required Reading<string> Name { get; init; }

    /// <summary>Default domain: DMA, DMA-FQ, identity, blocked … (since Linux 5.11). Not what VFIO attaches.</summary>
    public required Reading<string> Type { get; init; }

    /// <summary>PCI functions in the group, ordered.</summary>
    public required IReadOnlyList<PciAddress> Devices { get; init; }

    /// <summary>Members that are no PCI functions (platform devices), or whose name is no address.</summary>
    public required IReadOnlyList<string> OtherMembers { get; init; }

    /// <summary>reserved_regions (since 4.11), as the file lists them.</summary>
    public required Reading<IReadOnlyList<ReservedRegion>> ReservedRegions { get; init; }

    /// <summary>A group that VFIO made without an IOMMU: isolation does not exist.</summary>
    public bool IsNoIommu => Name.IsKnown && Name.Value == "vfio-noiommu";
}

/// <summary>A range that a device must or must not use. <paramref name="Type"/>: direct, direct-relaxable, reserved, msi.</summary>
public sealed record ReservedRegion(ulong Start, ulong End, string Type);
