using System.Runtime.CompilerServices;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Grouping;

/// <summary>
/// Which functions the kernel must join, told from config space alone: aliases of bridges, ports without ACS on the way up,
/// functions of one device without ACS. What registers do not tell stays open.
/// Sources: drivers/iommu/iommu.c (pci_device_group), drivers/pci/search.c (pci_for_each_dma_alias), drivers/pci/pci.c (pci_acs_path_enabled).
/// </summary>
public sealed class GroupPrediction
{
    private const int DeepestHierarchy = 64;

    // Several checks ask for the same machine.
    private static readonly ConditionalWeakTable<HostModel, GroupPrediction> _known = [];

    private readonly Dictionary<PciAddress, PciDevice> _devices = [];
    private readonly Dictionary<PciAddress, AcsHop> _hops = [];
    private readonly Dictionary<PciAddress, PciAddress> _root = [];
    private readonly Dictionary<PciAddress, IommuGroup> _groups = [];
    private readonly Dictionary<PciAddress, string> _open = [];
    private readonly List<GroupJoin> _joins = [];
    private readonly HashSet<PciAddress> _openSets;

    private GroupPrediction(HostModel model)
    {
        foreach (PciDevice device in model.Pci.All)
        {
            _devices[device.Address] = device;
            _root[device.Address] = device.Address;
        }

        foreach (IommuGroup group in model.Iommu.RealGroups)
        {
            foreach (PciAddress address in group.Devices)
            {
                _groups[address] = group;
            }
        }

        bool allBridgesRead = model.Pci.All.Where(device => device.IsPciBridge).All(device => device.Config.IsKnown);
        ILookup<(uint, byte, int), PciDevice> slots = model.Pci.All.ToLookup(device => (device.Address.Domain, device.Address.Bus, (int)device.Address.Device));
        foreach (PciDevice device in model.Pci.All)
        {
            _hops[device.Address] = AcsJudge.Judge(device, IsMultiFunction(device, slots));
        }

        foreach (PciDevice device in model.Pci.All)
        {
            Place(device, slots, allBridgesRead);
        }

        _openSets = [.. _open.Keys.Select(Find)];
    }

    /// <summary>What must be joined.</summary>
    public IReadOnlyList<GroupJoin> Joins => _joins;

    /// <summary>Functions whose place is not determined, and why, in words that follow "it".</summary>
    public IReadOnlyDictionary<PciAddress, string> Open => _open;

    /// <summary>
    /// Pairs that must share a group by their registers and stand in different groups all the same: isolation that somebody asserted.
    /// Groups that VFIO made up without an IOMMU are left out.
    /// </summary>
    public IEnumerable<GroupJoin> Splits => _joins.Where(join => _groups.TryGetValue(join.Member, out IommuGroup? left)
        && _groups.TryGetValue(join.With, out IommuGroup? right) && left.Id != right.Id);

    /// <summary>The prediction for a machine; computed once.</summary>
    public static GroupPrediction Of(HostModel model) => _known.GetValue(model, static machine => new GroupPrediction(machine));

    /// <summary>Whether two functions share a group by their registers; null where that is not determined.</summary>
    public bool? AreTogether(PciAddress left, PciAddress right)
    {
        if (!_root.ContainsKey(left) || !_root.ContainsKey(right))
        {
            return null;
        }

        (PciAddress one, PciAddress other) = (Find(left), Find(right));
        return one == other ? true : _openSets.Contains(one) || _openSets.Contains(other) ? null : false;
    }

    /// <summary>The judgement of one function, null for one that is not in the inventory.</summary>
    public AcsHop? Hop(PciAddress address) => _hops.GetValueOrDefault(address);

    /// <summary>The function and the bridges and ports above it, nearest first.</summary>
    public IReadOnlyList<AcsHop> Path(PciAddress address) =>
        _devices.TryGetValue(address, out PciDevice? device) ? [_hops[address], .. Above(device).Select(port => _hops[port.Address])] : [];

    /// <summary>The bridges to or from conventional PCI above a function; null when one above was not read.</summary>
    public IReadOnlyList<PciAddress>? Aliases(PciAddress address)
    {
        if (!_devices.TryGetValue(address, out PciDevice? device))
        {
            return null;
        }

        PciDevice[] above = [.. Above(device)];
        return above.Any(port => AcsJudge.IsAlias(port) is null) ? null : [.. above.Where(port => AcsJudge.IsAlias(port) == true).Select(port => port.Address)];
    }

    private static bool? IsMultiFunction(PciDevice device, ILookup<(uint, byte, int), PciDevice> slots)
    {
        // The kernel marks every function above 0 when it finds it; function 0 tells by its header.
        if (device.Address.Function > 0)
        {
            return true;
        }

        if (device.Config.IsKnown && device.Config.Value!.Length > 0x0e)
        {
            return device.Config.Value.IsMultiFunction;
        }

        return slots[(device.Address.Domain, device.Address.Bus, (int)device.Address.Device)].Any(other => other.Address != device.Address && other.Sriov.PhysicalFunction is null) ? null : false;
    }

    private void Place(PciDevice device, ILookup<(uint, byte, int), PciDevice> slots, bool allBridgesRead)
    {
        PciDevice[] above = [.. Above(device)];
        if (device.Address.Domain > 0xffff)
        {
            _open[device.Address] = "is behind a volume management device, whose requester id it uses";
            return;
        }

        PciAddress top = above.Length > 0 ? above[^1].Address : device.Address;
        if ((above.Length > 0 && above[^1].Parent is not null) || (top.Bus != 0 && !allBridgesRead))
        {
            _open[device.Address] = "has ports above it that were not seen";
            return;
        }

        if (above.LastOrDefault(port => AcsJudge.IsAlias(port) == true) is { } alias)
        {
            AcsHop bridge = _hops[alias.Address];
            Join(device.Address, alias.Address, JoinReason.RequesterAlias, alias.Address,
                $"{alias.Address} is a {bridge.Role}: the IOMMU cannot tell apart what is below it");
            return;
        }

        if (above.FirstOrDefault(port => AcsJudge.IsAlias(port) is null) is { } unread)
        {
            _open[device.Address] = $"is below {unread.Address}, which {_hops[unread.Address].Why}";
            return;
        }

        AcsHop[] path = [.. above.Select(port => _hops[port.Address])];
        if (path.FirstOrDefault(hop => hop.State == AcsState.Joins) is { } weak)
        {
            Join(device.Address, above[0].Address, JoinReason.Port, weak.Address, $"{weak.Address} ({weak.Role}) {weak.Why}");
            return;
        }

        if (path.FirstOrDefault(hop => hop.State != AcsState.Isolates) is { } open)
        {
            _open[device.Address] = $"is below {open.Address} ({open.Role}), which {open.Why}";
            return;
        }

        PlaceBySiblings(device, slots);
    }

    private void PlaceBySiblings(PciDevice device, ILookup<(uint, byte, int), PciDevice> slots)
    {
        AcsHop own = _hops[device.Address];
        if (own.State == AcsState.Isolates)
        {
            return;
        }

        PciDevice[] siblings = [.. slots[(device.Address.Domain, device.Address.Bus, (int)device.Address.Device)]
            .Where(other => other.Address != device.Address && _hops[other.Address].State != AcsState.Isolates)];
        if (siblings.Length == 0 || (IsMultiFunction(device, slots) == false))
        {
            return;
        }

        if (own.State != AcsState.Joins || IsMultiFunction(device, slots) is null)
        {
            _open[device.Address] = own.Why;
            return;
        }

        foreach (PciDevice sibling in siblings)
        {
            AcsHop other = _hops[sibling.Address];
            if (other.State == AcsState.Joins)
            {
                Join(device.Address, sibling.Address, JoinReason.Siblings, device.Address, $"nothing keeps the functions of one device apart: {device.Address} {own.Why}");
            }
            else
            {
                _open.TryAdd(sibling.Address, other.Why);
            }
        }
    }

    private void Join(PciAddress member, PciAddress with, JoinReason reason, PciAddress blame, string sentence)
    {
        _joins.Add(new GroupJoin(member, with, reason, blame, sentence));
        _root[Find(member)] = Find(with);
    }

    private PciAddress Find(PciAddress address)
    {
        while (_root[address] != address)
        {
            address = _root[address] = _root[_root[address]];
        }

        return address;
    }

    private IEnumerable<PciDevice> Above(PciDevice device)
    {
        PciAddress? next = device.Parent;
        for (int depth = 0; depth < DeepestHierarchy && next is { } address && _devices.TryGetValue(address, out PciDevice? port); depth++)
        {
            yield return port;
            next = port.Parent;
        }
    }
}
