using System.Globalization;
using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;

namespace Passthrough.Host.Iommu;

/// <summary>Reads the registered IOMMU units and the groups. Source: Documentation/ABI/testing/sysfs-class-iommu*, sysfs-kernel-iommu_groups.</summary>
public static class IommuReader
{
    private const string UnitFolder = "/sys/class/iommu";
    private const string GroupFolder = "/sys/kernel/iommu_groups";
    private const int WorthTwoReaders = 128;

    /// <summary>Reads units and groups; the devices' own links complete what the group folders do not hold.</summary>
    public static IommuState Read(IEvidence evidence, PciInventory pci)
    {
        Reading<IReadOnlyList<string>> units = evidence.List(UnitFolder);
        Reading<IReadOnlyList<string>> groups = evidence.List(GroupFolder);
        return new IommuState
        {
            Units = units.IsKnown
                ? Reading.Of<IReadOnlyList<IommuUnit>>([.. units.Value!.Select(name => ReadUnit(evidence, name))], UnitFolder)
                : Reading.Missing<IReadOnlyList<IommuUnit>>(units.Outcome, UnitFolder, units.Why),
            GroupFolder = groups,
            Groups = ReadGroups(evidence, groups, pci),
        };
    }

    /// <summary>Whose unit a name tells. Source: drivers/iommu (the names given to iommu_device_sysfs_add).</summary>
    public static IommuVendor VendorOf(string name) =>
        name.StartsWith("dmar", StringComparison.Ordinal) ? IommuVendor.Intel
        : name.StartsWith("ivhd", StringComparison.Ordinal) ? IommuVendor.Amd
        : name.StartsWith("smmu", StringComparison.Ordinal) || name.StartsWith("arm-smmu", StringComparison.Ordinal) ? IommuVendor.Arm
        : name.StartsWith("virtio", StringComparison.Ordinal) ? IommuVendor.Virtio
        : IommuVendor.Unknown;

    /// <summary>Parses reserved_regions: <c>0x00000000fee00000 0x00000000feefffff msi</c> a line. False when a line is of another form.</summary>
    public static bool TryParseRegions(string text, out IReadOnlyList<ReservedRegion> regions)
    {
        var found = new List<ReservedRegion>();
        regions = found;
        Span<Range> parts = stackalloc Range[4];
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            int count = line.SplitAny(parts, default(ReadOnlySpan<char>), StringSplitOptions.RemoveEmptyEntries);
            if (count == 0)
            {
                continue;
            }

            if (count != 3 || !TryHex(line[parts[0]], out ulong start) || !TryHex(line[parts[1]], out ulong end))
            {
                return false;
            }

            // The kernel knows five words for these; the usual ones are one object each.
            ReadOnlySpan<char> kind = line[parts[2]];
            found.Add(new ReservedRegion(start, end, kind is "msi" ? "msi" : kind is "direct" ? "direct" : kind.ToString()));
        }

        return true;
    }

    /// <summary>
    /// Parses AMD's features: the extended feature register alone, or since Linux 5.19 two numbers with a colon. Their order was
    /// turned round later (features2:features, then efr:efr2), so the order tells nothing. The second register is a small
    /// number on the hardware that has one, the first a large one: the larger of the two is taken.
    /// </summary>
    public static bool TryParseAmdFeatures(string text, out ulong features)
    {
        features = 0;
        string[] parts = text.Split(':');
        if (parts.Length > 2)
        {
            return false;
        }

        foreach (string part in parts)
        {
            if (!TryHex(part.Trim(), out ulong value))
            {
                return false;
            }

            features = Math.Max(features, value);
        }

        return true;
    }

    private static IommuUnit ReadUnit(IEvidence evidence, string name)
    {
        string path = UnitFolder + "/" + name;
        IommuVendor vendor = VendorOf(name);
        string intel = path + "/intel-iommu/";
        return new IommuUnit(name, vendor,
            vendor == IommuVendor.Intel ? evidence.ReadHex(intel + "cap") : Reading.Missing<ulong>(Outcome.Absent, path),
            vendor switch
            {
                IommuVendor.Intel => evidence.ReadHex(intel + "ecap"),
                IommuVendor.Amd => evidence.Read<ulong>(path + "/amd-iommu/features", TryParseAmdFeatures),
                _ => Reading.Missing<ulong>(Outcome.Absent, path),
            },
            vendor == IommuVendor.Intel ? evidence.ReadText(intel + "address") : Reading.Missing<string>(Outcome.Absent, path),
            evidence.List(path + "/devices"));
    }

    private static List<IommuGroup> ReadGroups(IEvidence evidence, Reading<IReadOnlyList<string>> folder, PciInventory pci)
    {
        var members = new Dictionary<string, (SortedSet<PciAddress> Devices, SortedSet<string> Others)>(StringComparer.Ordinal);
        string[] ids = [.. folder.Or([])!.Where(IsNumber)];
        var files = new Dictionary<string, GroupFiles>(StringComparer.Ordinal);
        ReadFiles(evidence, ids, files);
        foreach (string id in ids)
        {
            (SortedSet<PciAddress> devices, SortedSet<string> others) = Members(members, id);
            foreach (string name in files[id].Members)
            {
                if (PciAddress.TryParse(name, out PciAddress address))
                {
                    devices.Add(address);
                }
                else
                {
                    others.Add(name);
                }
            }
        }

        foreach (PciDevice device in pci.All.Where(device => device.IommuGroup.IsKnown))
        {
            Members(members, device.IommuGroup.Value!).Devices.Add(device.Address);
        }

        string[] ordered = [.. members.Keys];
        Array.Sort(ordered, static (left, right) => left.Length == right.Length ? string.CompareOrdinal(left, right) : left.Length.CompareTo(right.Length));
        return [.. ordered.Select(id => ReadGroup(id, files.GetValueOrDefault(id), members[id].Devices, members[id].Others))];
    }

    // Thousands of virtual functions have a group each: two readers share them.
    private static void ReadFiles(IEvidence evidence, string[] ids, Dictionary<string, GroupFiles> files)
    {
        int half = ids.Length < WorthTwoReaders ? ids.Length : ids.Length / 2;
        Task<GroupFiles[]> second = ids.Length == half
            ? Task.FromResult(Array.Empty<GroupFiles>())
            : Task.Factory.StartNew(() => Array.ConvertAll(ids[half..], id => GroupFiles.Read(evidence, id)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        foreach (string id in ids.AsSpan(0, half))
        {
            files.Add(id, GroupFiles.Read(evidence, id));
        }

        foreach ((string id, GroupFiles read) in ids.Skip(half).Zip(second.GetAwaiter().GetResult()))
        {
            files.Add(id, read);
        }
    }

    private static IommuGroup ReadGroup(string id, GroupFiles? files, IEnumerable<PciAddress> devices, IEnumerable<string> others)
    {
        string path = GroupFolder + "/" + id;
        return new IommuGroup
        {
            Id = id,
            Name = files?.Name ?? NotRecorded<string>(path + "/name"),
            Type = files?.Type ?? NotRecorded<string>(path + "/type"),
            Devices = [.. devices],
            OtherMembers = [.. others],
            ReservedRegions = files?.Regions ?? NotRecorded<IReadOnlyList<ReservedRegion>>(path + "/reserved_regions"),
        };
    }

    /// <summary>What a group's folder holds.</summary>
    private sealed record GroupFiles(string[] Members, Reading<string> Name, Reading<string> Type, Reading<IReadOnlyList<ReservedRegion>> Regions)
    {
        public static GroupFiles Read(IEvidence evidence, string id)
        {
            string path = GroupFolder + "/" + id;
            string[] members = evidence.Ask(Question.List(path + "/devices")).Names;

            // The kernel makes these three for every group; "name" is made by few drivers, so a whole listing without it tells that it is absent.
            IReadOnlyList<string> names = evidence.List(path).Or([])!;
            bool isWhole = names.Contains("devices") && names.Contains("reserved_regions") && names.Contains("type");
            return new GroupFiles(members,
                isWhole && !names.Contains("name") ? Reading.Missing<string>(Outcome.Absent, path + "/name") : evidence.ReadText(path + "/name"),
                evidence.ReadText(path + "/type"),
                evidence.Read<IReadOnlyList<ReservedRegion>>(path + "/reserved_regions", TryParseRegions));
        }
    }

    private static (SortedSet<PciAddress> Devices, SortedSet<string> Others) Members(
        Dictionary<string, (SortedSet<PciAddress> Devices, SortedSet<string> Others)> members, string id)
    {
        if (!members.TryGetValue(id, out (SortedSet<PciAddress> Devices, SortedSet<string> Others) entry))
        {
            entry = ([], new SortedSet<string>(StringComparer.Ordinal));
            members.Add(id, entry);
        }

        return entry;
    }

    // Only a device's link names this group: its folder was not captured.
    private static Reading<T> NotRecorded<T>(string path) =>
        Reading.Missing<T>(Outcome.NotRecorded, path, "only the devices' links name this group");

    private static bool IsNumber(string name) => uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static bool TryHex(ReadOnlySpan<char> text, out ulong value) =>
        ulong.TryParse(text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text,
            NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
