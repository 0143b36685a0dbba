using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks.Modules;

/// <summary>MOD-007: do saved overrides fit the functions that are there?</summary>
internal sealed class Mod007OverridePersists : Check
{
    private const string Folder = "/etc/driverctl.d/";

    private static readonly Remedy _renew = new("Look which function is meant with \"ptdiag devices\", drop the old entry with driverctl unset-override ADDRESS, and set it again for the new address.");

    public override string Id => "MOD-007";
    public override string Title => "Saved driver overrides fit the machine";
    public override Section Section => Section.Modules;
    public override Severity Severity => Severity.Medium;

    public override string Explanation =>
        "driver_override binds one function by its address and is gone at reboot. driverctl keeps it in /etc/driverctl.d, a file a function, by address alone. Addresses move when a card, a slot or a " +
        "firmware setting changes: the override then names nothing, or another device.";

    public override string Criteria =>
        "Warn: a saved override names an address that no function has, or another driver than the function's override now. Pass: saved and live agree. Note: a live override for VFIO that nothing saves, " +
        "or none at all. Unknown: overrides, saved or live, were not all seen or contradict the driver in use.";

    public override IReadOnlyList<string> References => ["driverctl(8)", "Documentation/ABI/testing/sysfs-bus-pci (driver_override)", "QubesOS/qubes-issues #7792"];

    public override IReadOnlyList<Remedy> Remedies => [_renew];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Reading<string>? hole = !model.Pci.Devices.IsKnown ? model.Pci.Devices.As()
            : model.Kernel.UnreadOverrides is not { } unread ? Reading.Missing<string>(Outcome.NotRecorded, Folder)
            : unread.Count > 0 ? unread[0] : null;
        var saved = new Dictionary<PciAddress, (ConfigurationFile File, string Driver)>();
        foreach (ConfigurationFile file in model.Kernel.Overrides.Where(file => file.Path.StartsWith(Folder, StringComparison.Ordinal) && file.Lines.IsKnown))
        {
            string driver = file.Lines.Value is [var first, ..] ? first.Trim() : "";
            if (PciAddress.TryParse(file.Path[Folder.Length..], out PciAddress address) && driver.Length > 0)
            {
                saved[address] = (file, driver);
            }
        }

        var findings = new List<Finding>();
        if (model.Pci.Devices.IsKnown)
        {
            findings.AddRange(saved.OrderBy(item => item.Key).Select(item => Saved(model, item.Key, item.Value.File, item.Value.Driver)));
        }

        PciDevice[] unsaved = [.. model.Pci.All.Where(device => Candidates.WantsVfio(device) && !saved.ContainsKey(device.Address) && !IsInRules(model, device))];
        PciDevice? unseen = model.Pci.All.FirstOrDefault(device => !device.DriverOverride.IsKnown && !device.DriverOverride.IsAbsent);
        if (hole is { } missing)
        {
            findings.Add(Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "Every saved override", missing), [PlatformEvidence.Cite(missing)]));
        }
        else if (unsaved.Length > 0)
        {
            findings.Add(Make(Verdict.Note, "host", $"{Quote.List(unsaved.Select(device => device.Address.ToString()))} {(unsaved.Length == 1 ? "has" : "have")} an override for VFIO that no file of driverctl or udev saves: it goes away at reboot, unless libvirt or a script sets it again.",
                [.. unsaved.Take(4).Select(device => PlatformEvidence.Cite(device.DriverOverride))]));
        }
        else if (unseen is not null)
        {
            findings.Add(Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, $"Whether {unseen.Address} has an override", unseen.DriverOverride), [PlatformEvidence.Cite(unseen.DriverOverride)]));
        }
        else if (saved.Count == 0)
        {
            findings.Add(Make(Verdict.Note, "host", "No override for VFIO is saved by driverctl or set now.", []));
        }

        return findings;
    }

    private Finding Saved(HostModel model, PciAddress address, ConfigurationFile file, string driver)
    {
        string subject = address.ToString();
        Citation[] evidence = [new Citation(file.Path, 1, Reading.Shorten(driver))];
        PciDevice? device = model.Pci.Find(address);
        return device is null
                ? Make(Verdict.Warn, subject, $"{file.Path} saves an override ({driver}) for an address that no function has: the card was moved or taken out.", evidence, _renew)
            : !device.DriverOverride.IsKnown && !device.DriverOverride.IsAbsent
                ? Make(Verdict.Unknown, subject, PlatformEvidence.NotSeen(model, "Its override", device.DriverOverride), evidence)
            : device.DriverOverride.Or("") == driver
                ? Make(Verdict.Pass, subject, $"The saved override ({driver}) is set. It binds whatever stands at this address: {device.DeviceName ?? device.VendorName ?? "see \"ptdiag devices\""}.", [.. evidence, PlatformEvidence.Cite(device.DriverOverride)])
            : Doubt(model, device, driver) is { } doubt
                ? Make(Verdict.Unknown, subject, doubt, [.. evidence, PlatformEvidence.Cite(device.DriverOverride), PlatformEvidence.Cite(device.Driver)])
                : Make(Verdict.Warn, subject, $"{file.Path} saves the override {driver}, and the function's override is {(device.DriverOverride.IsKnown ? device.DriverOverride.Value : "not set")}.",
                    [.. evidence, PlatformEvidence.Cite(device.DriverOverride)], _renew);
    }

    // An override that the driver in use speaks against, or a saved name that no driver here has, is not judged.
    private static string? Doubt(HostModel model, PciDevice device, string driver) =>
        device.DriverOverride.IsKnown && device.Driver.Or("") == driver
            ? $"The function is on the saved driver {driver}, and its override now reads otherwise. Look at {device.DriverOverride.Source} again, and at who writes it, to know which is meant."
        : model.Kernel.Modules.Presence(driver) is ModulePresence.Missing or ModulePresence.Unknown && !model.Pci.All.Any(other => other.Driver.Or("") == driver)
            ? $"The saved override names {driver}, and no driver of that name is known here. Look at the file, and correct it with driverctl, to know."
        : null;

    private static bool IsInRules(HostModel model, PciDevice device) => model.Kernel.Overrides.Any(file => !file.Path.StartsWith(Folder, StringComparison.Ordinal)
        && file.Lines.Or([])!.Any(line => line.Contains("driver_override", StringComparison.Ordinal)
            && (line.Contains(device.Address.ToString(), StringComparison.Ordinal) || (device.VendorId.IsKnown && line.Contains(device.VendorId.Value.ToString("x4"), StringComparison.OrdinalIgnoreCase)))));
}
