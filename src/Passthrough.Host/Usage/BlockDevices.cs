using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;

namespace Passthrough.Host.Usage;

/// <summary>Follows block devices through device mapper, md and partitions down to PCI functions.</summary>
internal sealed class BlockDevices(IEvidence evidence)
{
    private const int MaximumDepth = 16;
    private readonly Dictionary<string, string?> _mapperNames = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (IReadOnlySet<PciAddress> Functions, string? Unseen)> _traces = new(StringComparer.Ordinal);

    // Their contents are memory, a file of a mounted file system, or a disk of another machine.
    private static readonly string[] _withoutDisk = ["loop", "ram", "zram", "nbd", "rbd", "fd"];

    /// <summary>The functions behind a kernel name (sda1, dm-0, nvme0n1p2); empty when sysfs tells none.</summary>
    public IReadOnlySet<PciAddress> Functions(string name) => Trace(name).Functions;

    /// <summary>The functions behind a kernel name, and what on the way down was not told; null when all of it was.</summary>
    public (IReadOnlySet<PciAddress> Functions, string? Unseen) Trace(string name)
    {
        if (!_traces.TryGetValue(name, out (IReadOnlySet<PciAddress> Functions, string? Unseen) trace))
        {
            var found = new SortedSet<PciAddress>();
            string? unseen = null;
            Collect(name, found, [], ref unseen);
            _traces[name] = trace = (found, unseen);
        }

        return trace;
    }

    /// <summary>The kernel name of a device number ("259:2"), null when /sys/dev/block does not have it.</summary>
    public string? NameOfNumber(string number) => evidence.ReadLinkName("/sys/dev/block/" + number).Or(null);

    /// <summary>The kernel name of a path below /dev: links (/dev/mapper/…, /dev/disk/by-…) lead to it.</summary>
    public string? NameOfNode(string path)
    {
        if (!path.StartsWith("/dev/", StringComparison.Ordinal))
        {
            return null;
        }

        if (!_mapperNames.TryGetValue(path, out string? name))
        {
            // Plain nodes are no links; only folders of links are asked.
            name = path.LastIndexOf('/') > 4 ? evidence.ReadLinkName(path).Or(null) : null;
            name ??= path[(path.LastIndexOf('/') + 1)..];
            _mapperNames[path] = name;
        }

        return name;
    }

    private void Collect(string name, SortedSet<PciAddress> found, HashSet<string> seen, ref string? unseen)
    {
        if (seen.Count >= MaximumDepth * 16 || !seen.Add(name) || Array.Exists(_withoutDisk, prefix => IsNumbered(name, prefix)))
        {
            return;
        }

        // The kernel writes '/' in a device's name as '!'.
        string folder = "/sys/class/block/" + name.Replace('/', '!');
        Answer link = evidence.Ask(Question.Link(folder));
        string target = link.IsFound ? link.Text.TrimEnd('/', '\n') : "";
        if (SysfsTarget.Function(target) is { } function)
        {
            found.Add(function);
            return;
        }

        int before = seen.Count;
        int known = found.Count;
        foreach (string slave in evidence.List(folder + "/slaves").Or([])!)
        {
            Collect(slave, found, seen, ref unseen);
        }

        // A partition has no slaves of its own: those of the whole device count.
        string[] parts = target.Split('/');
        if (seen.Count == before && parts.Length > 2 && parts[^3] == "block")
        {
            Collect(parts[^2], found, seen, ref unseen);
        }

        CollectMultipath(target, found);
        if (seen.Count == before && found.Count == known && (!link.IsFound || parts.Contains("virtual")))
        {
            unseen ??= link.IsFound ? $"{name} stands on disks that sysfs does not name" : $"{folder} could not be followed";
        }
    }

    private static bool IsNumbered(string name, string prefix) => name.Length > prefix.Length && name.StartsWith(prefix, StringComparison.Ordinal)
        && char.IsAsciiDigit(name[prefix.Length]);

    /// <summary>
    /// With native NVMe multipath a namespace belongs to a subsystem and not to a controller; the subsystem's folder has a
    /// link to each controller: <c>nvme0 -> ../../../pci0000:00/…/nvme/nvme0</c>.
    /// </summary>
    private void CollectMultipath(string target, SortedSet<PciAddress> found)
    {
        string? subsystem = target.Split('/').FirstOrDefault(part => part.StartsWith("nvme-subsys", StringComparison.Ordinal)
            && part.Length > 11 && char.IsAsciiDigit(part[11]));
        if (subsystem is null)
        {
            return;
        }

        string folder = "/sys/class/nvme-subsystem/" + subsystem;
        foreach (string name in evidence.List(folder).Or([])!)
        {
            if (name.StartsWith("nvme", StringComparison.Ordinal) && name.AsSpan(4).IndexOfAnyExceptInRange('0', '9') < 0 && name.Length > 4
                && evidence.Ask(Question.Link($"{folder}/{name}")) is { IsFound: true } controller
                && SysfsTarget.Function(controller.Text) is { } function)
            {
                found.Add(function);
            }
        }
    }
}
