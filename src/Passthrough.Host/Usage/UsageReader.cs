using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;

namespace Passthrough.Host.Usage;

/// <summary>What the host itself uses its PCI functions for: mounts, swap, routes, display, and who holds VFIO nodes.</summary>
public static class UsageReader
{
    private const int MaximumMounts = 4;

    /// <summary>Reads the use of every function that the host's tables lead to.</summary>
    public static HostUsage Read(IEvidence evidence, PciInventory pci)
    {
        var uses = new UsesBuilder();
        Reading<IReadOnlyList<VfioHolder>> holders = HolderReader.Read(evidence);
        evidence = new UnseenPlaces(evidence, uses.AddUnresolved);
        var block = new BlockDevices(evidence);
        bool isSeen = AddMounts(evidence, block, uses);
        AddSwap(evidence, block, uses);
        AddHolders(evidence, block, uses);
        AddNetwork(evidence, uses);
        var unseen = new Dictionary<PciAddress, string>();
        DisplayUse.Read(evidence, pci, uses.Add, unseen);
        return new HostUsage { Uses = uses.Build(), Holders = holders, Unresolved = uses.Unresolved, IsSeen = isSeen, UnseenOf = unseen };
    }

    /// <summary>
    /// Whether the machine was started by UEFI: /sys/firmware/efi exists. Its absence counts only when /sys/firmware shows something else:
    /// containers cover that folder with an empty one.
    /// </summary>
    public static Reading<bool> ReadUefi(IEvidence evidence)
    {
        const string Path = "/sys/firmware/efi";
        Answer answer = evidence.Ask(Question.List(Path));
        if (answer.Outcome != Outcome.Absent)
        {
            return answer.IsFound
                ? Reading.Of(true, Path)
                : Reading.Missing<bool>(answer.Outcome, Path, answer.Why);
        }

        return evidence.List("/sys/firmware").Or([])!.Count > 0
            ? Reading.Of(false, Path)
            : Reading.Missing<bool>(Outcome.NotRecorded, Path, "/sys/firmware shows nothing at all");
    }

    private static bool AddMounts(IEvidence evidence, BlockDevices block, UsesBuilder uses)
    {
        if (ReadMounts(evidence, uses) is not { } mounts)
        {
            return false;
        }

        Dictionary<string, string[]>? pools = null;
        var targets = new Dictionary<PciAddress, SortedSet<string>>();
        foreach (Mount mount in mounts)
        {
            bool isDevice = mount.Number is { } number && !number.StartsWith("0:", StringComparison.Ordinal);
            string? name = (isDevice ? block.NameOfNumber(mount.Number!) : null) ?? block.NameOfNode(mount.Source);
            if (name is null)
            {
                if (mount.FileSystem is "zfs" or "bcachefs")
                {
                    uses.AddUnresolved($"{mount.FileSystem} at {mount.Target}: its disks are not told by sysfs");
                }
                else if (isDevice)
                {
                    uses.AddUnresolved($"the device {mount.Number} mounted at {mount.Target}: sysfs does not have it");
                }

                continue;
            }

            string[] names = [name];
            if (mount.FileSystem == "btrfs")
            {
                if (!(pools ??= BtrfsPools(evidence)).TryGetValue(name, out string[]? members))
                {
                    uses.AddUnresolved($"btrfs at {mount.Target}: /sys/fs/btrfs does not tell its disks");
                }

                names = members ?? names;
            }

            var functions = new HashSet<PciAddress>();
            foreach ((IReadOnlySet<PciAddress> behind, string? unseen) in names.Select(block.Trace))
            {
                functions.UnionWith(behind);
                if (unseen is not null)
                {
                    uses.AddUnresolved($"{name} mounted at {mount.Target}: {unseen}");
                }
            }

            foreach (PciAddress function in functions)
            {
                if (!targets.TryGetValue(function, out SortedSet<string>? list))
                {
                    // The shortest are the ones a person knows; container runtimes add hundreds of others.
                    targets[function] = list = new SortedSet<string>(Comparer<string>.Create(static (a, b) =>
                        a.Length != b.Length ? a.Length.CompareTo(b.Length) : string.CompareOrdinal(a, b)));
                }

                list.Add(mount.Target);
            }
        }

        foreach ((PciAddress function, SortedSet<string> list) in targets)
        {
            foreach (string target in list.Take(MaximumMounts))
            {
                uses.Add(function, "mounted at " + target);
            }

            if (list.Count > MaximumMounts)
            {
                uses.Add(function, $"mounted at {list.Count - MaximumMounts} more places");
            }
        }

        return true;
    }

    private static List<Mount>? ReadMounts(IEvidence evidence, UsesBuilder uses)
    {
        Answer info = evidence.Ask(Question.Read("/proc/self/mountinfo"));
        if (info.IsFound && MountTable.ParseMountInfo(info.Text) is { Count: > 0 } mounts)
        {
            return mounts;
        }

        foreach (string path in (string[])["/proc/self/mounts", "/proc/mounts"])
        {
            Answer answer = evidence.Ask(Question.Read(path));
            if (answer.IsFound && MountTable.ParseMounts(answer.Text) is { Count: > 0 } older)
            {
                return older;
            }
        }

        uses.AddUnresolved("mounted file systems: /proc/self/mountinfo could not be read");
        return null;
    }

    /// <summary>The members of every btrfs file system, by each member's kernel name.</summary>
    private static Dictionary<string, string[]> BtrfsPools(IEvidence evidence)
    {
        var pools = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (string id in evidence.List("/sys/fs/btrfs").Or([])!.Where(name => name != "features"))
        {
            string[] members = [.. evidence.List($"/sys/fs/btrfs/{id}/devices").Or([])!];
            foreach (string member in members)
            {
                pools[member] = members;
            }
        }

        return pools;
    }

    private static void AddSwap(IEvidence evidence, BlockDevices block, UsesBuilder uses)
    {
        Answer answer = evidence.Ask(Question.Read("/proc/swaps"));
        if (!answer.IsFound || (answer.Content.Length > 0 && !answer.Text.StartsWith("Filename", StringComparison.Ordinal)))
        {
            uses.AddUnresolved("swap: /proc/swaps could not be read");
            return;
        }

        foreach (string node in MountTable.ParseSwaps(answer.Text))
        {
            (IReadOnlySet<PciAddress> functions, string? unseen) = block.NameOfNode(node) is { } name ? block.Trace(name) : (new HashSet<PciAddress>(), "it is no device below /dev");
            foreach (PciAddress function in functions)
            {
                uses.Add(function, "swap");
            }

            if (unseen is not null)
            {
                uses.AddUnresolved($"swap on {node}: {unseen}");
            }
        }
    }

    /// <summary>Disks that device mapper or md has taken without being mounted: their volumes may be a guest's, or the host's.</summary>
    private static void AddHolders(IEvidence evidence, BlockDevices block, UsesBuilder uses)
    {
        Reading<IReadOnlyList<string>> names = evidence.List("/sys/class/block");
        if (!names.IsKnown && !names.IsAbsent)
        {
            uses.AddUnresolved("disks held by LVM or md: /sys/class/block could not be listed");
        }

        foreach (string name in names.Or([])!)
        {
            if (name.StartsWith("loop", StringComparison.Ordinal) || name.StartsWith("ram", StringComparison.Ordinal)
                || name.StartsWith("dm-", StringComparison.Ordinal) || name.StartsWith("zram", StringComparison.Ordinal))
            {
                continue;
            }

            Reading<IReadOnlyList<string>> held = evidence.List($"/sys/class/block/{name}/holders");
            if (!held.IsKnown && !held.IsAbsent)
            {
                uses.AddUnresolved($"what holds {name}: {held.Source} could not be listed");
            }

            IReadOnlyList<string> holders = held.Or([])!;
            if (holders.Count > 0)
            {
                foreach (PciAddress function in block.Functions(name))
                {
                    uses.Add(function, $"{name} is held by {string.Join(", ", holders.Take(MaximumMounts))}");
                }
            }
        }
    }

    private static void AddNetwork(IEvidence evidence, UsesBuilder uses)
    {
        var network = new NetworkInterfaces(evidence);
        Answer ipv4 = evidence.Ask(Question.Read("/proc/net/route"));
        Answer ipv6 = evidence.Ask(Question.Read("/proc/net/ipv6_route"));
        if (!ipv4.IsFound || (ipv4.Content.Length > 0 && !ipv4.Text.StartsWith("Iface", StringComparison.Ordinal)))
        {
            uses.AddUnresolved("default route: /proc/net/route could not be read");
        }

        // A kernel without IPv6 has no such file.
        if ((!ipv6.IsFound && ipv6.Outcome is not (Outcome.Absent or Outcome.NotRecorded)) || (ipv6.IsFound && !RouteTable.IsIpv6Table(ipv6.Text)))
        {
            uses.AddUnresolved("default route: /proc/net/ipv6_route could not be read");
        }

        foreach (string name in RouteTable.ParseIpv4(ipv4.Text).Concat(RouteTable.ParseIpv6(ipv6.Text)).Distinct())
        {
            (IReadOnlySet<PciAddress> functions, string? unseen) = network.Trace(name);
            foreach (PciAddress function in functions)
            {
                uses.Add(function, $"default route ({name})");
            }

            if (unseen is not null || functions.Count == 0)
            {
                uses.AddUnresolved($"default route ({name}): {unseen ?? "sysfs tells no PCI function behind it"}");
            }
        }

        foreach (string name in network.Names)
        {
            if (network.Function(name) is { } function)
            {
                foreach (string upper in network.UpperNames(name))
                {
                    uses.Add(function, $"{name} is part of {upper}");
                }
            }
        }
    }

    /// <summary>Collects uses, each once and in the order found.</summary>
    private sealed class UsesBuilder
    {
        private readonly SortedDictionary<PciAddress, List<string>> _uses = [];
        private readonly List<string> _unresolved = [];

        public IReadOnlyList<string> Unresolved => _unresolved;

        public void Add(PciAddress address, string use)
        {
            if (!_uses.TryGetValue(address, out List<string>? list))
            {
                _uses[address] = list = [];
            }

            if (!list.Contains(use))
            {
                list.Add(use);
            }
        }

        public void AddUnresolved(string what)
        {
            if (!_unresolved.Contains(what))
            {
                _unresolved.Add(what);
            }
        }

        public Dictionary<PciAddress, IReadOnlyList<string>> Build() =>
            _uses.ToDictionary(entry => entry.Key, entry => (IReadOnlyList<string>)entry.Value);
    }
}
