using System.Globalization;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis;

/// <summary>Which functions the group and device checks judge.</summary>
public static class Candidates
{
    /// <summary>
    /// The functions named by the user; else those of the profile's class; else those on a VFIO driver, with a VFIO
    /// driver_override, matched by vfio-pci's <c>ids</c>, or given to a guest by its definition. Ordered as the inventory is. A bridge is a candidate only by name.
    /// </summary>
    public static IReadOnlyList<PciDevice> Of(HostModel model, AuditOptions options)
    {
        if (options.Devices.Count > 0)
        {
            var named = options.Devices.ToHashSet();
            return [.. model.Pci.All.Where(device => named.Contains(device.Address))];
        }

        IEnumerable<PciDevice> endpoints = model.Pci.All.Where(device => !device.IsBridge);
        switch (options.Profile)
        {
            case Profile.Gpu:
                return [.. endpoints.Where(device => device.Class >> 8 == 0x03)];
            case Profile.Nic:
                return [.. endpoints.Where(device => device.Class >> 8 == 0x02)];
            case Profile.Nvme:
                return [.. endpoints.Where(device => device.Class == 0x0108)];
            default:
                IReadOnlyList<VfioId> ids = VfioIds(model.Kernel);
                HashSet<PciAddress> given = [.. GuestFacts.Given(model)];
                return [.. endpoints.Where(device => device.IsOnVfioDriver || WantsVfio(device) || given.Contains(device.Address) || ids.Any(id => id.Matches(device)))];
        }
    }

    /// <summary>The named addresses that the machine does not have; empty too when its functions could not be listed.</summary>
    public static IReadOnlyList<PciAddress> Missing(HostModel model, AuditOptions options) => model.Pci.Devices.IsKnown
        ? [.. options.Devices.Where(address => model.Pci.Find(address) is null).Distinct()]
        : [];

    /// <summary>
    /// Why functions other than <see cref="Of"/> tells may be candidates: something that would make them so could not be read.
    /// Null when all are known. A list of functions that is itself unknown is not told here.
    /// </summary>
    public static string? Unseen(HostModel model, AuditOptions options)
    {
        if (options.Devices.Count > 0 || !model.Pci.Devices.IsKnown)
        {
            return null;
        }

        var certain = Of(model, options).ToHashSet();
        IEnumerable<PciDevice> others = model.Pci.All.Where(device => !device.IsBridge && !certain.Contains(device));
        if (options.Profile is Profile.Gpu or Profile.Nic or Profile.Nvme)
        {
            return Sentence("the class", [.. others.Where(device => device.Class is null)]);
        }

        if (!model.Kernel.CommandLine.IsKnown)
        {
            return $"{model.Kernel.CommandLine.Source}, which may give ids to vfio-pci, was not read. Read it on the machine as root, or name the functions with --device.";
        }

        if (model.Kernel.ModuleConfiguration.FirstOrDefault(file => !file.Lines.IsKnown && !file.Lines.IsAbsent) is { } hidden)
        {
            return $"{hidden.Path}, which may give ids to vfio-pci, was not read. Read it on the machine as root, or name the functions with --device.";
        }

        return Sentence("the driver", [.. others.Where(device => !device.Driver.IsKnown && !device.Driver.IsAbsent)])
            ?? Sentence("the driver_override", [.. others.Where(device => !device.DriverOverride.IsKnown && !device.DriverOverride.IsAbsent)])
            ?? (VfioIds(model.Kernel).Count == 0 ? null
                : Sentence("the id", [.. others.Where(device => !device.VendorId.IsKnown || !device.DeviceId.IsKnown)]))
            ?? (GuestFacts.UnseenDefinition(model) is { } guest ? "a guest's definition may name one. " + guest.Sentence : null);
    }

    /// <summary>driver_override names a VFIO driver.</summary>
    internal static bool WantsVfio(PciDevice device) =>
        device.DriverOverride.IsKnown && device.DriverOverride.Value!.Contains("vfio", StringComparison.Ordinal);

    /// <summary>
    /// vfio-pci's <c>ids</c> from the command line, the module parameter and modprobe.d. The kernel gives the parameter no
    /// sysfs file (permission 0 in drivers/vfio/pci/vfio_pci.c), so the places where it is set are what can be seen.
    /// </summary>
    internal static IReadOnlyList<VfioId> VfioIds(KernelInfo kernel)
    {
        var lists = new List<(string Value, string Source)>();
        if (kernel.CommandLine.IsKnown)
        {
            lists.AddRange(kernel.CommandLine.Value!.Named("vfio_pci.ids").Select(token => (token.Value ?? "", kernel.CommandLine.Source)));
        }

        if (kernel.Modules.Parameter("vfio_pci", "ids") is { IsKnown: true } parameter)
        {
            lists.Add((parameter.Value!, parameter.Source));
        }

        foreach (ConfigurationFile file in kernel.ModuleConfiguration)
        {
            foreach (string line in file.Lines.Or([])!)
            {
                string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                if (words.Length > 2 && words[0] == "options" && words[1].Replace('-', '_') == "vfio_pci")
                {
                    lists.AddRange(words.Skip(2).Where(word => word.StartsWith("ids=", StringComparison.Ordinal))
                        .Select(word => (word[4..].Trim('"'), file.Path)));
                }
            }
        }

        return [.. lists.SelectMany(list => list.Value.Split(',')
            .Select(text => VfioId.TryParse(text.Trim(), list.Source, out VfioId? id) ? id : null)).OfType<VfioId>()];
    }

    private static string? Sentence(string what, PciDevice[] unseen) => unseen.Length == 0 ? null
        : string.Create(CultureInfo.InvariantCulture, $"{what} of {unseen[0].Address}{(unseen.Length == 1 ? "" : $" and {unseen.Length - 1} more")} ")
            + "was not read. Read it on the machine as root, or name the functions with --device.";
}

/// <summary>
/// One entry of vfio-pci's <c>ids</c>: vendor:device[:subvendor[:subdevice[:class[:mask]]]] in hex, where ffffffff matches
/// every id (PCI_ANY_ID) and what is left out matches everything. Source: drivers/vfio/pci/vfio_pci.c, drivers/pci/pci-driver.c.
/// </summary>
internal sealed record VfioId(uint Vendor, uint Device, uint SubVendor, uint SubDevice, uint Class, uint ClassMask, string Text, string Source)
{
    private const uint Any = 0xffff_ffff;

    /// <summary>Parses one entry; fewer than two hex numbers are no entry. Reading stops at the first word that is no number.</summary>
    public static bool TryParse(string text, string source, out VfioId? id)
    {
        uint[] fields = [0, 0, Any, Any, 0, 0];
        int count = 0;
        foreach (string part in text.Split(':'))
        {
            string digits = part.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? part[2..] : part;
            if (count == fields.Length
                || !uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value))
            {
                break;
            }

            fields[count++] = value;
        }

        id = count < 2 ? null : new VfioId(fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], text, source);
        return id is not null;
    }

    /// <summary>True when what is known of the function matches; an unknown id never matches a given one.</summary>
    public bool Matches(PciDevice device) => Fits(Vendor, device.VendorId) && Fits(Device, device.DeviceId)
        && Fits(SubVendor, device.SubsystemVendorId) && Fits(SubDevice, device.SubsystemDeviceId)
        && (ClassMask == 0 || (device.ClassCode.IsKnown && ((Class ^ device.ClassCode.Value) & ClassMask) == 0));

    private static bool Fits(uint wanted, Host.Evidence.Reading<ushort> id) => wanted == Any || (id.IsKnown && id.Value == wanted);
}
