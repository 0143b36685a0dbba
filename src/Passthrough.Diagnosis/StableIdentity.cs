using System.Globalization;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis;

/// <summary>
/// What stays the same when bus numbers move: ids of the device, and the way to it from the root bus as device and function numbers
/// of each bridge. Bus numbers are left out, because firmware and kernel hand them out anew when a card is added.
/// </summary>
/// <param name="Ids">vendor:device:subvendor:subdevice in hex; a number that is not known is "?".</param>
/// <param name="SlotPath">
/// "dddd:bb/dd.f/dd.f": domain and root bus, then device and function of each step down to the function itself; null where the hierarchy
/// above was not seen. A virtual function's path is that of its physical function and "vfN".
/// </param>
/// <param name="IsComplete">Every id and the whole path are known: only then may two identities be taken for equal.</param>
public sealed record StableIdentity(string Ids, string? SlotPath, bool IsComplete)
{
    private const int DeepestHierarchy = 64;

    /// <summary>Ids and path in one text.</summary>
    public string Text => SlotPath is null ? Ids : $"{Ids} at {SlotPath}";

    /// <summary>The identity of a function.</summary>
    public static StableIdentity Of(HostModel model, PciDevice device)
    {
        Host.Evidence.Reading<ushort>[] ids = [device.VendorId, device.DeviceId, device.SubsystemVendorId, device.SubsystemDeviceId];
        string? path = Path(model, device);
        return new StableIdentity(
            string.Join(':', ids.Select(id => id.IsKnown ? id.Value.ToString("x4", CultureInfo.InvariantCulture) : "?")),
            path, path is not null && ids.All(id => id.IsKnown));
    }

    private static string? Path(HostModel model, PciDevice device)
    {
        if (device.Sriov.PhysicalFunction is { } physical)
        {
            if (model.Pci.Find(physical) is not { } owner || owner.Sriov.PhysicalFunction is not null || Path(model, owner) is not { } above)
            {
                return null;
            }

            int index = owner.Sriov.VirtualFunctions.ToList().IndexOf(device.Address);
            return index < 0 ? null : FormattableString.Invariant($"{above}/vf{index}");
        }

        var steps = new Stack<string>();
        PciDevice at = device;
        for (int depth = 0; depth < DeepestHierarchy; depth++)
        {
            steps.Push(string.Create(CultureInfo.InvariantCulture, $"{at.Address.Device:x2}.{at.Address.Function:x}"));
            if (at.Parent is not { } next)
            {
                // A function whose bus some bridge holds has that bridge above it, even where the model could not link them.
                bool isRoot = at.Address.Bus == 0 || model.Pci.All.Where(bridge => bridge.IsPciBridge && bridge.Address.Domain == at.Address.Domain)
                    .All(bridge => bridge.Config is { IsKnown: true } config && config.Value!.Byte(0x19) is { } first && config.Value.Byte(0x1a) is { } last
                        && (at.Address.Bus < first || at.Address.Bus > last));
                return isRoot ? string.Create(CultureInfo.InvariantCulture, $"{at.Address.Domain:x4}:{at.Address.Bus:x2}/{string.Join('/', steps)}") : null;
            }

            if (model.Pci.Find(next) is not { } port)
            {
                return null;
            }

            at = port;
        }

        return null;
    }
}
