using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Evidence;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Simulation;

/// <summary>
/// Simulates giving functions to a guest: everything that must leave the host with them, and what stands against it. Changes nothing,
/// needs only the model, and works on a bundle. What was not seen never becomes a go-ahead.
/// </summary>
public sealed class Simulator
{
    private readonly HostModel _model;
    private readonly List<LeavingFunction> _leaving = [];
    private readonly HashSet<PciAddress> _gone = [];
    private readonly Dictionary<string, IommuGroup> _groups = new(StringComparer.Ordinal);
    private readonly List<SimulationStop> _stops = [];
    private readonly List<SimulationUnknown> _unknowns = [];
    private readonly List<HostLoss> _losses = [];
    private readonly List<ResetOutlook> _resets = [];
    private readonly List<string> _notes = [];

    private Simulator(HostModel model) => _model = model;

    /// <summary>Simulates giving these functions away together. Functions that the machine does not have are left out: the caller says so.</summary>
    public static SimulationResult Simulate(HostModel model, IReadOnlyList<PciAddress> requested)
    {
        var simulator = new Simulator(model);
        PciAddress[] known = [.. requested.Distinct().Where(address => model.Pci.Find(address) is not null)];
        return simulator.Run(known);
    }

    private SimulationResult Run(PciAddress[] requested)
    {
        foreach (PciAddress address in requested)
        {
            Leave(address, LeavingReason.Requested, address);
        }

        // What leaves may take others along; the list grows until nothing more follows.
        for (int i = 0; i < _leaving.Count; i++)
        {
            Follow(_leaving[i]);
        }

        foreach (LeavingFunction function in _leaving)
        {
            Lose(function);
        }

        IReadOnlyList<GroupOutlook> groups = [.. _groups.Values.OrderBy(group => group.Devices.Count > 0 ? group.Devices[0] : default).Select(Outlook)];
        TriState remapping = Remapping();
        if (GeneralUnseen() is { } unseen)
        {
            _unknowns.Add(new SimulationUnknown(UnknownKind.Use, null, $"{unseen}, so what the host would lose is not wholly known. Run ptdiag on the running machine as root, or look at its disks and routes by hand."));
        }

        return new SimulationResult
        {
            Requested = requested,
            Outcome = _stops.Count > 0 ? SimulationOutcome.Stop : _unknowns.Count > 0 ? SimulationOutcome.Unknown : SimulationOutcome.Possible,
            Stops = _stops,
            Unknowns = _unknowns,
            Leaving = _leaving,
            Groups = groups,
            Resets = _resets,
            Losses = _losses,
            InterruptRemapping = remapping,
            Notes = _notes,
        };
    }

    private void Leave(PciAddress address, LeavingReason reason, PciAddress becauseOf)
    {
        if (!_gone.Add(address))
        {
            return;
        }

        PciDevice? device = _model.Pci.Find(address);
        bool? blocks = device is null ? null : GroupMember.Blocks(device);
        _leaving.Add(new LeavingFunction(address, reason, becauseOf, device?.Driver.Or(null), blocks));
        if (device is null)
        {
            _unknowns.Add(new SimulationUnknown(UnknownKind.Group, address, $"{address} must leave with {becauseOf} and is not in the inventory. Run ptdiag on the machine itself, as root."));
        }
        else if (device.IsPciBridge)
        {
            _stops.Add(new SimulationStop(StopKind.Bridge, address, $"{address} is a bridge or port, and vfio-pci takes none.", "Name the device below it."));
        }
        else if (blocks is null)
        {
            _unknowns.Add(new SimulationUnknown(UnknownKind.Driver, address, $"The driver of {address} is not known. {Quote.HowToKnow(device.Driver)}"));
        }
    }

    private void Follow(LeavingFunction function)
    {
        if (_model.Pci.Find(function.Address) is not { IsPciBridge: false } device)
        {
            return;
        }

        FollowGroup(device);
        FollowReset(device);
        foreach (PciAddress child in device.Sriov.VirtualFunctions)
        {
            Leave(child, LeavingReason.VirtualFunction, device.Address);
        }

        if (device.Sriov.VirtualFunctions.Count == 0 && device.Sriov.Configured is { IsKnown: true, Value: > 0 })
        {
            _unknowns.Add(new SimulationUnknown(UnknownKind.Group, device.Address, $"{device.Address} has virtual functions that were not seen. Read its virtfn links on the machine, as root."));
        }
    }

    private void FollowGroup(PciDevice device)
    {
        IommuGroup? group = _model.Iommu.GroupOf(device.Address);
        if (group is null)
        {
            if (device.IommuGroup.IsAbsent && (IommuFacts.AbsenceIsFact(_model) || _model.Iommu.RealGroups.Any()))
            {
                _stops.Add(new SimulationStop(StopKind.NoGroup, device.Address, $"{device.Address} is in no IOMMU group: no IOMMU translates for it, and VFIO cannot isolate it.",
                    "Switch the IOMMU on first: \"ptdiag check\" names the first broken rung."));
            }
            else
            {
                _unknowns.Add(new SimulationUnknown(UnknownKind.Group, device.Address, $"The group of {device.Address} is not known. {Quote.HowToKnow(device.IommuGroup)}"));
            }

            return;
        }

        if (!_groups.TryAdd(group.Id, group))
        {
            return;
        }

        if (group.IsNoIommu)
        {
            _stops.Add(new SimulationStop(StopKind.NoGroup, device.Address, $"Group {group.Id} of {device.Address} was made up without an IOMMU: a guest could write to all of the host's memory.",
                "Switch the IOMMU on and VFIO's noiommu mode off."));
        }

        foreach (PciAddress member in group.Devices.Where(member => _model.Pci.Find(member) is not { IsPciBridge: true }))
        {
            Leave(member, LeavingReason.GroupMate, device.Address);
        }

        if (group.OtherMembers.Count > 0)
        {
            _unknowns.Add(new SimulationUnknown(UnknownKind.Group, device.Address, $"Group {group.Id} also holds {Quote.List(group.OtherMembers)}, of which nothing is known here. Look at its driver on the machine."));
        }

        Reading<IReadOnlyList<ReservedRegion>> regions = group.ReservedRegions;
        if (!regions.IsKnown)
        {
            _unknowns.Add(new SimulationUnknown(UnknownKind.ReservedRegions, device.Address, $"The reserved regions of group {group.Id} are not known. {Quote.HowToKnow(regions)}"));
        }
        else if (regions.Value!.Any(region => region.Type == "direct"))
        {
            _stops.Add(new SimulationStop(StopKind.ReservedRegion, device.Address, $"Firmware demands a fixed mapping for group {group.Id}: VFIO refuses it.", "Look for the cause in the firmware setup (IOM-006), or take another device."));
        }
    }

    private void FollowReset(PciDevice device)
    {
        bool? alone = ResetScope.IsAlone(_model, device);
        IReadOnlyList<PciDevice> along = alone == true ? [] : ResetScope.BusMates(_model, device);
        if (_leaving.First(item => item.Address == device.Address).Reason == LeavingReason.Requested)
        {
            _resets.Add(new ResetOutlook(device.Address, device.ResetMethods.Or(null), alone, [.. along.Select(mate => mate.Address)]));
            if (alone is null)
            {
                _unknowns.Add(new SimulationUnknown(UnknownKind.Reset, device.Address, $"How {device.Address} resets is not known. {Quote.HowToKnow(device.ResetMethods)}"));
            }
            else if (alone == false && device.Parent is null)
            {
                _notes.Add($"{device.Address} shows no way to reset it: a second guest may find it as the first left it.");
            }

            if (alone == false)
            {
                foreach (PciDevice mate in along.Where(mate => !mate.IsPciBridge))
                {
                    Leave(mate.Address, LeavingReason.ResetTogether, device.Address);
                }
            }
        }
    }

    private void Lose(LeavingFunction function)
    {
        IReadOnlyList<string> uses = Functions.HostUses(_model, function.Address);
        foreach (string use in uses)
        {
            bool critical = HostNeeds.IsBootCritical(use);
            _losses.Add(new HostLoss(function.Address, use, critical));
            if (Functions.IsDisplayUse(use))
            {
                continue;
            }

            string who = function.Reason == LeavingReason.Requested ? $"{function.Address}" : $"{function.Address}, which must leave with {function.BecauseOf},";
            _stops.Add(new SimulationStop(critical ? StopKind.BootCritical : StopKind.InUse, function.Address, $"The host uses {who} ({use}).",
                function.Reason == LeavingReason.Requested ? "Move that use to another device first, or assign another one." : $"Move {function.BecauseOf} to a slot with a group of its own, or the host's use to another device."));
        }

        PciDevice? device = _model.Pci.Find(function.Address);
        if (device is not null && HostNeeds.IsManagementVideo(device))
        {
            _losses.Add(new HostLoss(function.Address, "video of the management controller", false));
        }

        if (_model.Usage.UnseenOf.TryGetValue(function.Address, out string? unseen))
        {
            _unknowns.Add(new SimulationUnknown(UnknownKind.Use, function.Address, $"Of {function.Address} was not seen {unseen}. Run ptdiag on the running machine as root."));
        }

        if (_groups.Values.FirstOrDefault(group => group.Devices.Contains(function.Address)) is { } owner && _model.Usage.Holders.IsKnown
            && _model.Usage.Holders.Value!.FirstOrDefault(holder => holder.Node == "/dev/vfio/" + owner.Id) is { } holder)
        {
            string text = $"Group {owner.Id} is open in process {holder.ProcessId}{(holder.Domain is null ? "" : $" (guest {holder.Domain})")}: that guest must stop first.";
            if (!_notes.Contains(text))
            {
                _notes.Add(text);
            }
        }
    }

    private GroupOutlook Outlook(IommuGroup group)
    {
        PciAddress[] staying = [.. group.Devices.Where(member => !_gone.Contains(member))];
        PciDevice[] blocking = [.. staying.Select(_model.Pci.Find).OfType<PciDevice>().Where(member => GroupMember.Blocks(member) == true)];
        PciDevice[] unseen = [.. staying.Select(_model.Pci.Find).OfType<PciDevice>().Where(member => GroupMember.Blocks(member) is null)];
        foreach (PciDevice bridge in blocking)
        {
            _stops.Add(new SimulationStop(StopKind.NotViable, bridge.Address, $"{Functions.WithDriver(bridge)} stays in group {group.Id} and keeps VFIO from opening it.", $"Unbind that driver from {bridge.Address}, so that pcieport or none is left."));
        }

        foreach (PciDevice bridge in unseen)
        {
            _unknowns.Add(new SimulationUnknown(UnknownKind.Driver, bridge.Address, $"The driver of {bridge.Address}, which stays in group {group.Id}, is not known. {Quote.HowToKnow(bridge.Driver)}"));
        }

        bool unknown = unseen.Length > 0 || group.OtherMembers.Count > 0;
        return new GroupOutlook(group.Id, GroupViability.Of(group, _model.Pci).Viable, blocking.Length > 0 ? false : unknown ? null : !group.IsNoIommu, staying);
    }

    private TriState Remapping()
    {
        (TriState state, string seen, _) = IommuFacts.Remapping(_model);
        if (state == TriState.No)
        {
            if (_model.Kernel.Modules.Parameter("vfio_iommu_type1", "allow_unsafe_interrupts").Or("") is "Y" or "1")
            {
                _notes.Add($"Interrupts are not remapped ({seen}), and allow_unsafe_interrupts is set: the guest could send any interrupt to the host.");
            }
            else
            {
                _stops.Add(new SimulationStop(StopKind.InterruptRemapping, null, $"Interrupts are not remapped: {seen}. VFIO refuses the device.", "Switch interrupt remapping on (IRQ-001)."));
            }
        }
        else if (state == TriState.Unknown)
        {
            _unknowns.Add(new SimulationUnknown(UnknownKind.InterruptRemapping, null, $"Whether interrupts are remapped is not known: {seen}. Read /proc/interrupts on the running machine."));
        }

        return state;
    }

    private string? GeneralUnseen() => Functions.UnseenUse(_model);
}
