using Passthrough.Diagnosis.Checks;
using Passthrough.Diagnosis.Simulation;
using Passthrough.Host.Guests;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Placement;

/// <summary>
/// Works out guests for a host: which functions go together, what stands against giving them away, where CPUs and memory come from, and how large
/// the guest's PCI window has to be. Pure.
/// </summary>
public static class GuestDesigner
{
    private const long DefaultHole64Bytes = 32L << 30;

    /// <summary>Designs guests that are to run at the same time.</summary>
    public static IReadOnlyList<GuestDesign> Design(HostModel model, IReadOnlyList<GuestRequest> requests)
    {
        GuestRequest[] whole = [.. requests.Select(request => request with { Devices = [.. Whole(model, request.Devices)] })];
        IReadOnlyList<GuestPlacement> placements = Placer.Place(model, whole);
        return [.. requests.Zip(placements, (request, placement) => Design(model, request, placement))];
    }

    private static GuestDesign Design(HostModel model, GuestRequest asked, GuestPlacement placement)
    {
        IReadOnlyList<PciAddress> devices = placement.Request.Devices;
        SimulationResult simulation = Simulator.Simulate(model, devices);
        string[] missing = !model.Pci.Devices.IsKnown
            ? [$"The PCI functions could not be listed: {Quote.Unseen(model.Pci.Devices)}"]
            : [.. devices.Where(device => model.Pci.Find(device) is null).Select(device => $"There is no PCI function {device} on this machine: 'ptdiag devices' lists those there are.")];
        List<string> notes = [.. placement.Notes, .. simulation.Unknowns.Select(unknown => unknown.Sentence)];
        PciAddress[] added = [.. devices.Except(asked.Devices)];
        if (added.Length > 0)
        {
            notes.Add($"{Quote.List(added.Select(address => address.ToString()))} {(added.Length == 1 ? "belongs" : "belong")} to the same device and {(added.Length == 1 ? "goes" : "go")} with it.");
        }

        return new GuestDesign
        {
            Placement = placement,
            Functions = Places(model, devices),
            PciHole64Bytes = Hole(model, devices, notes),
            Problems = [.. missing, .. simulation.Stops.Select(stop => $"{stop.Sentence} {stop.WayOut}"), .. placement.Problems],
            Notes = notes,
        };
    }

    /// <summary>
    /// The functions with those that have to come along: everything of a graphics card, and what shares the slot and the group of any other. A second
    /// port of a network card in a group of its own stays.
    /// </summary>
    private static IEnumerable<PciAddress> Whole(HostModel model, IReadOnlyList<PciAddress> asked)
    {
        var all = new List<PciAddress>();
        foreach (PciAddress address in asked)
        {
            PciDevice? device = model.Pci.Find(address);
            bool isCard = device?.Class is { } code && code >> 8 == 0x03;
            IEnumerable<PciAddress> slot = device is null || device.Sriov.PhysicalFunction is not null
                ? []
                : model.Pci.All.Where(other => other.Address.Domain == address.Domain && other.Address.Bus == address.Bus && other.Address.Device == address.Device
                    && !other.IsBridge && other.Sriov.PhysicalFunction is null
                    && (isCard || (other.IommuGroup.IsKnown && device.IommuGroup.IsKnown && other.IommuGroup.Value == device.IommuGroup.Value))).Select(other => other.Address);
            all.AddRange(slot.Prepend(address).Order());
        }

        return all.Distinct();
    }

    private static List<DesignedFunction> Places(HostModel model, IReadOnlyList<PciAddress> devices)
    {
        var places = new List<DesignedFunction>();
        int port = 0;
        foreach (IGrouping<(uint, byte, byte, PciAddress?), PciAddress> slot in devices.GroupBy(device =>
            (device.Domain, device.Bus, device.Device, model.Pci.Find(device)?.Sriov.PhysicalFunction is null ? (PciAddress?)null : device)))
        {
            port++;
            PciAddress[] members = [.. slot.Order()];
            for (int i = 0; i < members.Length; i++)
            {
                PciDevice? device = model.Pci.Find(members[i]);
                bool isVirtualNic = device is { Sriov.PhysicalFunction: not null, Class: { } code } && code >> 8 == 0x02;

                // Function 0 must be there for the others to be found, whatever its number on the host.
                places.Add(new DesignedFunction(members[i], port, i, i == 0 && members.Length > 1, isVirtualNic));
            }
        }

        return places;
    }

    private static long? Hole(HostModel model, IReadOnlyList<PciAddress> devices, List<string> notes)
    {
        GivenFunction[] functions = [.. devices.Select(address => new GivenFunction(new GuestDevice(address, null, null), address, model.Pci.Find(address)))];
        if (GuestBudget.MmioBytes(functions, out GivenFunction? open) is not { } need)
        {
            notes.Add($"The BARs of {open!.Address} were not read, so whether QEMU's PCI window of 32 GiB is enough is not known (BAR-003).");
            return null;
        }

        return need <= (ulong)DefaultHole64Bytes ? null : (long)System.Numerics.BitOperations.RoundUpToPowerOf2(Math.Min(need, 1UL << 50));
    }
}
