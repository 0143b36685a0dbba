using System.Globalization;
using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Grouping;
using Passthrough.Host.Evidence;
using Passthrough.Host.Guests;
using Passthrough.Host.Iommu;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Host.Usage;

namespace Passthrough.Reports.Json;

/// <summary><c>ptdiag.devices/1</c>: functions, groups and nodes.</summary>
internal sealed record DevicesDocument(string Schema, ToolInfo Tool, IReadOnlyList<DeviceEntry> Devices, IReadOnlyList<GroupEntry> Groups,
    IReadOnlyList<NodeEntry> Nodes, IReadOnlyList<GapEntry> Gaps)
{
    /// <summary>The document of a machine; <paramref name="only"/> restricts the functions, not the groups.</summary>
    public static DevicesDocument From(HostModel model, IReadOnlyList<PciAddress> only, ToolInfo tool) => new(
        "ptdiag.devices/1",
        tool,
        [.. model.Pci.All.Where(device => only.Count == 0 || only.Contains(device.Address))
            .Select(device => DeviceEntry.From(device, model.Usage, model.Iommu, model.Guests))],
        [.. model.Iommu.Groups.Select(group => GroupEntry.From(group, model.Pci) with { Why = WhyOf(model, group) })],
        [.. model.Memory.AllNodes.Select(NodeEntry.From)],
        [.. model.Gaps.Select(GapEntry.From)]);

    /// <summary>The document of a pasted text: what it cannot tell is null.</summary>
    public static DevicesDocument FromText(IReadOnlyList<PciDevice> devices, IReadOnlyList<IommuGroup> groups, IReadOnlyList<Gap> gaps, ToolInfo tool)
    {
        var inventory = new PciInventory { Devices = Reading.Of(devices, "text") };
        return new DevicesDocument("ptdiag.devices/1", tool, [.. devices.Select(device => DeviceEntry.From(device, null, null))],
            GroupsOf(groups, inventory), [], [.. gaps.Select(GapEntry.From)]);
    }

    private static string? WhyOf(HostModel model, IommuGroup group) =>
        group.Devices.Count + group.OtherMembers.Count > 1 ? GroupExplainer.Explain(model, group).Sentence : null;

    private static IReadOnlyList<GroupEntry> GroupsOf(IReadOnlyList<IommuGroup> groups, PciInventory inventory) =>
        [.. groups.Select(group => GroupEntry.From(group, inventory))];
}

internal sealed record CapabilitiesEntry(bool Known, bool? Acs, bool? Ats, bool? Flr, bool? Sriov, bool? Msi, bool? Msix, bool? Rebar, bool? Pasid, bool? Pri);

internal sealed record LinkEntry(double? SpeedGTps, int? Width, double? MaxSpeedGTps, int? MaxWidth);

internal sealed record SriovEntry(long? Total, long? Configured, string? PhysicalFunction);

internal sealed record BarEntry(int Index, string Start, ulong Size, string Kind, bool Prefetchable);

internal sealed record HolderEntry(int Pid, string? Domain);

internal sealed record DeviceEntry(
    string Address, string? VendorId, string? DeviceId, string? SubsystemVendorId, string? SubsystemDeviceId, string? Class, string? Revision,
    string? VendorName, string? DeviceName, string? Driver, string? DriverOverride, string? IommuGroup, long? NumaNode, string? Parent,
    int? ConfigBytes, CapabilitiesEntry Capabilities, IReadOnlyList<string>? ResetMethods, LinkEntry Link, SriovEntry Sriov,
    IReadOnlyList<BarEntry>? Bars, string? Power, bool? BootVga, IReadOnlyList<string>? HostUse, IReadOnlyList<HolderEntry>? UsedBy)
{
    public static DeviceEntry From(PciDevice device, HostUsage? usage, IommuState? iommu, GuestState? guests = null)
    {
        PciCapabilities caps = device.Capabilities;
        string? group = device.IommuGroup.Or(null) ?? iommu?.GroupOf(device.Address)?.Id;
        return new DeviceEntry(
            device.Address.ToString(), Words.Id(device.VendorId), Words.Id(device.DeviceId), Words.Id(device.SubsystemVendorId),
            Words.Id(device.SubsystemDeviceId), device.Class?.ToString("x4", CultureInfo.InvariantCulture),
            device.Revision.IsKnown ? Words.Byte(device.Revision.Value) : null,
            device.VendorName, device.DeviceName, device.Driver.Or(null), device.DriverOverride.Or(null), group,
            device.NumaNode.IsKnown ? device.NumaNode.Value : null, device.Parent?.ToString(),
            device.Config.IsKnown ? device.Config.Value!.Length : null,
            new CapabilitiesEntry(caps.Known, caps.Acs, caps.Ats, caps.Flr, caps.Sriov, caps.Msi, caps.MsiX, caps.ResizableBar, caps.Pasid, caps.Pri),
            device.ResetMethods.Or(null),
            new LinkEntry(Number(device.Link.SpeedGTps), Number(device.Link.Width), Number(device.Link.MaxSpeedGTps), Number(device.Link.MaxWidth)),
            new SriovEntry(Number(device.Sriov.Total), Number(device.Sriov.Configured), device.Sriov.PhysicalFunction?.ToString()),
            device.Bars.IsKnown
                ? [.. device.Bars.Value!.Select(bar => new BarEntry(bar.Index, Words.Hex(bar.Start), bar.SizeBytes, Words.Of(bar.Kind), bar.Prefetchable))]
                : null,
            device.PowerState.Or(null),
            device.BootVga.IsKnown ? device.BootVga.Value : null,
            usage is null ? null : usage.Uses.TryGetValue(device.Address, out IReadOnlyList<string>? uses) ? uses : [],
            HoldersOf(group, usage, guests));
    }

    private static T? Number<T>(Reading<T> reading)
        where T : struct => reading.IsKnown ? reading.Value : null;

    private static IReadOnlyList<HolderEntry>? HoldersOf(string? group, HostUsage? usage, GuestState? guests)
    {
        if (usage is null || !usage.Holders.IsKnown)
        {
            return null;
        }

        return group is null
            ? []
            : [.. usage.Holders.Value!.Where(holder => holder.Node == "/dev/vfio/" + group)
                .Select(holder => new HolderEntry(holder.ProcessId, holder.Domain ?? guests?.NameOf(holder.ProcessId)))];
    }
}

internal sealed record GroupEntry(string Id, string? Type, IReadOnlyList<string> Devices, IReadOnlyList<string> OtherMembers, bool? Viable,
    IReadOnlyList<string> Blockers, string? Why = null)
{
    public static GroupEntry From(IommuGroup group, PciInventory inventory)
    {
        GroupViability viability = GroupViability.Of(group, inventory);
        return new GroupEntry(group.Id, group.Type.Or(null), [.. group.Devices.Select(device => device.ToString())], group.OtherMembers,
            viability.Viable, [.. viability.Blockers.Select(device => device.Address.ToString())]);
    }
}

internal sealed record PoolEntry(long SizeBytes, long? Total, long? Free);

internal sealed record NodeEntry(int Id, string? Cpus, long? MemoryBytes, IReadOnlyList<int>? Distances, IReadOnlyList<PoolEntry>? Hugepages)
{
    public static NodeEntry From(NumaNode node) => new(
        node.Id, node.Cpus.Or(null)?.ToString(), node.MemoryBytes.IsKnown ? node.MemoryBytes.Value : null, node.Distances.Or(null),
        node.HugePages.IsKnown
            ? [.. node.HugePages.Value!.Select(pool => new PoolEntry(pool.SizeBytes, pool.Total.IsKnown ? pool.Total.Value : null,
                pool.Free.IsKnown ? pool.Free.Value : null))]
            : null);
}
