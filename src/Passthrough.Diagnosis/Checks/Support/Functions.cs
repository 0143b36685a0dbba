using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>Words and commands about one PCI function.</summary>
internal static class Functions
{
    /// <summary>The address, and in parentheses the driver as far as it is known.</summary>
    public static string WithDriver(PciDevice device) => device.Driver.IsKnown ? $"{device.Address} ({device.Driver.Value})"
        : device.Driver.IsAbsent ? $"{device.Address} (no driver)" : $"{device.Address} (driver not known)";

    /// <summary>Why the host's use of its functions is not wholly known; null when it is.</summary>
    public static string? UnseenUse(HostModel model) => model.Usage switch
    {
        { Unresolved: [var first, ..] } => $"What is behind one of the host's uses was not seen ({first})",
        { IsSeen: false, Uses.Count: 0 } => "What the host uses was not seen",
        _ => null,
    };

    /// <summary>Why it is not known whether the host uses this function; null when it is known.</summary>
    public static string? UnseenUse(HostModel model, PciAddress address) => UnseenUse(model)
        ?? (model.Usage.UnseenOf.TryGetValue(address, out string? what) ? $"Of {address} was not seen {what}" : null);

    /// <summary>A use whose end costs the host a picture and nothing else.</summary>
    public static bool IsDisplayUse(string use) =>
        use.StartsWith("boot display", StringComparison.Ordinal) || use.StartsWith("framebuffer", StringComparison.Ordinal);

    /// <summary>What the host uses a function for; empty when nothing is known.</summary>
    public static IReadOnlyList<string> HostUses(HostModel model, PciAddress address) =>
        model.Usage.Uses.TryGetValue(address, out IReadOnlyList<string>? uses) ? uses : [];

    /// <summary>
    /// Every byte that was read is ff. The first four are not enough: a virtual function shows ffff as vendor and device id.
    /// </summary>
    public static bool IsDead(PciDevice device) => device.Config is { IsKnown: true, Value.IsAllOnes: true };

    /// <summary>The sysfs folder on a running machine.</summary>
    public static string Folder(PciAddress address) => "/sys/bus/pci/devices/" + address;

    /// <summary>
    /// How to give a function to vfio-pci: by its address, never by its id (new_id takes every device of that id), and with
    /// the link read back, because drivers_probe succeeds also when no driver takes the device.
    /// A function that the host uses, and a bridge, get a sentence without a command.
    /// </summary>
    public static Remedy BindToVfio(HostModel model, PciDevice device)
    {
        if (device.IsPciBridge)
        {
            return new Remedy($"Leave {device.Address} alone: it is a bridge or port, and vfio-pci takes none.");
        }

        IReadOnlyList<string> uses = HostUses(model, device.Address);
        if (uses.Count > 0)
        {
            return new Remedy($"The host uses {device.Address} ({Quote.List(uses)}): free it of that use first, or leave it with the host "
                + "and move the other device to a slot with a group of its own.");
        }

        string folder = Folder(device.Address);
        string unbind = device.Driver.IsAbsent ? "" : $"; echo {device.Address} > {folder}/driver/unbind";
        return new Remedy(
            $"Make sure that the host can do without {device.Address} (\"ptdiag devices {device.Address}\" shows what the host uses it for), then give it to vfio-pci "
            + "and read the link back: the write to drivers_probe succeeds also when no driver takes the device.",
            $"modprobe vfio-pci; echo vfio-pci > {folder}/driver_override{unbind}; echo {device.Address} > /sys/bus/pci/drivers_probe; readlink {folder}/driver");
    }

    /// <summary>The ports above a function, nearest first; stops where the hierarchy is not known.</summary>
    public static IEnumerable<PciDevice> Above(HostModel model, PciDevice device)
    {
        // The count guards against a capture whose parents form a circle.
        PciAddress? next = device.Parent;
        for (int depth = 0; next is { } address && depth < 32; depth++)
        {
            PciDevice? port = model.Pci.Find(address);
            if (port is null)
            {
                yield break;
            }

            yield return port;
            next = port.Parent;
        }
    }
}
