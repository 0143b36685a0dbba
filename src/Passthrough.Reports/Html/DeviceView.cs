using System.Globalization;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Reports.Html;

/// <summary>PCI functions and IOMMU groups as tables.</summary>
/// <param name="Missing">Why no function is listed; null when the list was read.</param>
/// <param name="Rows">One function a row.</param>
/// <param name="Groups">One group a row.</param>
public sealed record DeviceView(string? Missing, IReadOnlyList<DeviceRow> Rows, IReadOnlyList<GroupRow> Groups)
{
    /// <summary>Prepares a machine's functions.</summary>
    public static DeviceView Of(HostModel model) => new(
        model.Pci.Devices.IsKnown ? null : $"The list of PCI functions ({model.Pci.Devices.Source}): {Words.Of(model.Pci.Devices.Outcome)}.",
        [.. model.Pci.All.Select(device => Row(device, model.Usage.Uses.GetValueOrDefault(device.Address) ?? []))],
        [.. model.Iommu.Groups.Select(Row)]);

    private static DeviceRow Row(PciDevice device, IReadOnlyList<string> uses)
    {
        string ids = $"{Hex(device.VendorId.IsKnown, device.VendorId.Value)}:{Hex(device.DeviceId.IsKnown, device.DeviceId.Value)}";
        string name = string.Join(' ', new[] { device.VendorName, device.DeviceName }.OfType<string>());
        return new DeviceRow(
            device.Address.ToString(),
            name.Length > 0 ? $"{name} [{ids}]" : ids,
            device.Class is { } code ? code.ToString("x4", CultureInfo.InvariantCulture) : Numbers.Unknown,
            device.Driver.IsKnown ? device.Driver.Value! : device.Driver.IsAbsent ? "none" : Numbers.Unknown,
            device.IommuGroup.IsKnown ? device.IommuGroup.Value! : device.IommuGroup.IsAbsent ? "none" : Numbers.Unknown,
            device.NumaNode is { IsKnown: true, Value: >= 0 } ? Numbers.Whole(device.NumaNode.Value) : Numbers.Unknown,
            device.ResetMethods.IsKnown ? string.Join(' ', device.ResetMethods.Value!) : MachineFacts.Missing(device.ResetMethods.Outcome),
            string.Join("; ", uses));
    }

    private static GroupRow Row(IommuGroup group) => new(group.Id, group.IsNoIommu ? "vfio-noiommu: no isolation" : MachineFacts.Text(group.Type),
        string.Join(", ", group.Devices.Select(address => address.ToString()).Concat(group.OtherMembers)));

    private static string Hex(bool known, ushort value) => known ? value.ToString("x4", CultureInfo.InvariantCulture) : "????";
}

/// <summary>One function.</summary>
public sealed record DeviceRow(string Address, string Name, string Class, string Driver, string Group, string Node, string Reset, string Use);

/// <summary>One group.</summary>
public sealed record GroupRow(string Id, string Type, string Members);
