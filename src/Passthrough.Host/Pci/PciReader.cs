using Passthrough.Host.Evidence;

namespace Passthrough.Host.Pci;

/// <summary>
/// Reads all PCI functions: from <c>/sys/bus/pci/devices</c>, else from the hierarchy under <c>/sys/devices/pci*</c>.
/// Source: Documentation/ABI/testing/sysfs-bus-pci.
/// </summary>
public static class PciReader
{
    private const string Folder = "/sys/bus/pci/devices";

    // No hierarchy is deeper than the 256 buses of a domain; links that run in a circle would be.
    private const int DeepestHierarchy = 256;

    private const int WorthTwoReaders = 128;

    /// <summary>Reads the inventory with the names of vendors and devices. What cannot be read of one function loses that attribute, never the function.</summary>
    public static PciInventory Read(IEvidence evidence) => WithNames(evidence, ReadWithoutNames(evidence));

    /// <summary>The same functions with their names, where the machine's list of names knows them.</summary>
    internal static PciInventory WithNames(IEvidence evidence, PciInventory inventory)
    {
        if (!inventory.Devices.IsKnown)
        {
            return inventory;
        }

        List<PciDevice> devices = [.. inventory.All];
        FillNames(evidence, devices);
        return new PciInventory { Devices = inventory.Devices with { Value = devices } };
    }

    /// <summary>Reads the inventory without names, which only people need.</summary>
    internal static PciInventory ReadWithoutNames(IEvidence evidence)
    {
        Answer listing = evidence.Ask(Question.List(Folder));
        (List<PciDevice> devices, string source) = listing.IsFound
            ? (FromBus(evidence, listing.Names), Folder)
            : (FromHierarchy(evidence), "/sys/devices");
        if (devices.Count == 0 && !listing.IsFound)
        {
            return new PciInventory { Devices = Reading.Missing<IReadOnlyList<PciDevice>>(listing.Outcome, Folder, listing.Why) };
        }

        if (devices.Count == 0 && listing.Names.Length > 0)
        {
            return new PciInventory { Devices = Reading.Failed<IReadOnlyList<PciDevice>>(Folder, "it lists names, and none is a PCI address", listing.Text) };
        }

        devices.Sort(static (left, right) => left.Address.CompareTo(right.Address));
        FillParents(devices);
        return new PciInventory { Devices = Reading.Of<IReadOnlyList<PciDevice>>(devices, source) };
    }

    private static List<PciDevice> FromBus(IEvidence evidence, string[] names)
    {
        if (names.Length < WorthTwoReaders)
        {
            return FromBus(evidence, names, 0, names.Length);
        }

        // Nearly all of the time goes into system calls, and the source may be asked by two at a time.
        int half = names.Length / 2;
        Task<List<PciDevice>> second = Task.Factory.StartNew(() => FromBus(evidence, names, half, names.Length), CancellationToken.None,
            TaskCreationOptions.LongRunning, TaskScheduler.Default);
        List<PciDevice> devices = FromBus(evidence, names, 0, half);
        devices.AddRange(second.GetAwaiter().GetResult());
        return devices;
    }

    private static List<PciDevice> FromBus(IEvidence evidence, string[] names, int from, int to)
    {
        var reader = new PciDeviceReader(evidence);
        var devices = new List<PciDevice>(to - from);
        foreach (string name in names.AsSpan(from, to - from))
        {
            // Listed is enough: an entry whose link dangles is a function of which only the address is known.
            if (PciAddress.TryParse(name, out PciAddress address))
            {
                string path = Folder + "/" + name;
                devices.Add(reader.Read(address, path, ParentOf(evidence.Ask(Question.Link(path)))));
            }
        }

        return devices;
    }

    /// <summary>The name above the function's own in <c>../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0</c>.</summary>
    private static PciAddress? ParentOf(Answer link)
    {
        if (!link.IsFound)
        {
            return null;
        }

        string[] parts = link.Text.Trim().Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length >= 2 && PciAddress.TryParse(parts[^2], out PciAddress parent) ? parent : null;
    }

    private static List<PciDevice> FromHierarchy(IEvidence evidence)
    {
        var reader = new PciDeviceReader(evidence);
        var devices = new List<PciDevice>();
        foreach (string name in evidence.Ask(Question.List("/sys/devices")).Names)
        {
            if (name.StartsWith("pci", StringComparison.Ordinal) && name.Contains(':', StringComparison.Ordinal))
            {
                Walk(evidence, reader, "/sys/devices/" + name, null, 0, devices);
            }
        }

        return devices;
    }

    private static void Walk(IEvidence evidence, PciDeviceReader reader, string path, PciAddress? parent, int depth, List<PciDevice> devices)
    {
        foreach (string name in evidence.Ask(Question.List(path)).Names)
        {
            if (depth < DeepestHierarchy && PciAddress.TryParse(name, out PciAddress address))
            {
                string below = path + "/" + name;
                devices.Add(reader.Read(address, below, parent));
                Walk(evidence, reader, below, address, depth + 1, devices);
            }
        }
    }

    /// <summary>Where links told no parent, bridges do: their config space holds the bus behind them.</summary>
    private static void FillParents(List<PciDevice> devices)
    {
        var bridges = new Dictionary<(uint Domain, byte Bus), PciAddress>();
        foreach (PciDevice device in devices)
        {
            // Type 1 header, secondary bus at 0x19. Source: PCI-to-PCI Bridge Architecture 1.2 §3.2.
            if (device.Config.IsKnown && device.Config.Value!.HeaderType is 1 or 2
                && device.Config.Value.Byte(0x19) is { } secondary && secondary > device.Address.Bus && secondary != 0xff)
            {
                bridges.TryAdd((device.Address.Domain, secondary), device.Address);
            }
        }

        for (int i = 0; i < devices.Count; i++)
        {
            if (devices[i].Parent is null
                && bridges.TryGetValue((devices[i].Address.Domain, devices[i].Address.Bus), out PciAddress above))
            {
                devices[i] = devices[i] with { Parent = above };
            }
        }
    }

    private static void FillNames(IEvidence evidence, List<PciDevice> devices)
    {
        var wanted = new HashSet<(ushort Vendor, ushort Device)>();
        foreach (PciDevice device in devices)
        {
            if (device.VendorId.IsKnown && device.DeviceId.IsKnown)
            {
                wanted.Add((device.VendorId.Value, device.DeviceId.Value));
            }
        }

        PciIds ids = PciIds.Read(evidence, wanted);
        for (int i = 0; i < devices.Count; i++)
        {
            PciDevice device = devices[i];
            if (device.VendorId.IsKnown && ids.Vendor(device.VendorId.Value) is { } vendor)
            {
                devices[i] = device with
                {
                    VendorName = vendor,
                    DeviceName = device.DeviceId.IsKnown ? ids.Device(device.VendorId.Value, device.DeviceId.Value) : null,
                };
            }
        }
    }
}
