using Passthrough.Host.Cpu;
using Passthrough.Host.Guests;
using Passthrough.Host.Iommu;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>A function of a guest: the line that gives it, its address, and the function where the machine has it.</summary>
internal sealed record GivenFunction(GuestDevice Source, PciAddress Address, PciDevice? Device);

/// <summary>What the definitions of guests tell about this machine.</summary>
internal static class GuestFacts
{
    /// <summary>The addresses that any guest is given.</summary>
    public static IEnumerable<PciAddress> Given(HostModel model) =>
        model.Guests.All.Where(guest => guest.Definition.IsKnown).SelectMany(guest => Functions(model, guest.Definition.Value!)).Select(item => item.Address);

    /// <summary>The functions of a guest; a whole device is each of its functions, as far as the machine has them.</summary>
    public static IReadOnlyList<GivenFunction> Functions(HostModel model, GuestDefinition guest)
    {
        var functions = new List<GivenFunction>();
        foreach (GuestDevice device in guest.Devices)
        {
            PciDevice[] slot = device.HasAllFunctions ? [.. model.Pci.All.Where(item => item.Address.IsSameSlot(device.Address))] : [];
            functions.AddRange(slot.Length > 0
                ? slot.Select(item => new GivenFunction(device, item.Address, item))
                : [new GivenFunction(device, device.Address, model.Pci.Find(device.Address))]);
        }

        return functions;
    }

    /// <summary>What keeps the list of guests from being known, with what to do; null when every folder and every definition was read.</summary>
    public static (string Sentence, Citation Citation)? UnseenDefinition(HostModel model)
    {
        GuestState state = model.Guests;
        if (state.UnseenFolder is { } folder)
        {
            return (Quote.Unseen(folder), Quote.Of(folder));
        }

        // A captured folder without the folders of guests may simply lack them.
        if (!state.IsAnyFolderListed && state.All.Count == 0 && !IommuFacts.AbsenceIsFact(model))
        {
            return (Quote.Unseen(state.Folders[0]), Quote.Of(state.Folders[0]));
        }

        return state.All.FirstOrDefault(guest => !guest.Definition.IsKnown) is { } guest
            ? (Quote.Unseen(guest.Definition), Quote.Of(guest.Definition))
            : null;
    }

    /// <summary>A place in a guest's definition.</summary>
    public static Citation Cite(Guest guest, GuestDevice device) => new(guest.Path, device.Line > 0 ? device.Line : null,
        device.HasAllFunctions ? device.Address.ToString()[..^2] : device.Address.ToString());

    /// <summary>Something that the definition says.</summary>
    public static Citation Cite(Guest guest, string excerpt) => new(guest.Path, null, excerpt);

    /// <summary>Every CPU that the virtual CPUs may run on by name: pins, and the default list for those without; null when one has neither.</summary>
    public static CpuSet? VcpuCpus(GuestDefinition guest)
    {
        CpuSet? fallback = NodeSet.TryParse(guest.VcpuCpuset, out CpuSet set) ? set : null;
        var members = new List<int>(fallback?.Members ?? []);
        foreach (string text in guest.VcpuPins.Values)
        {
            if (!NodeSet.TryParse(text, out CpuSet pin))
            {
                return null;
            }

            members.AddRange(pin.Members);
        }

        bool isEach = fallback is not null || (guest.VcpuPins.Count > 0 && guest.VcpuPins.Count >= (guest.Vcpus ?? guest.VcpuPins.Count));
        return isEach ? CpuSet.Of(guest.VcpuPins.Count >= (guest.Vcpus ?? int.MaxValue) ? guest.VcpuPins.Values.SelectMany(Members) : members) : null;
    }

    /// <summary>The CPUs that are named for single virtual CPUs.</summary>
    public static CpuSet Pinned(GuestDefinition guest) => CpuSet.Of(guest.VcpuPins.Values.SelectMany(Members));

    /// <summary>The members of a list; none when it is not of the form.</summary>
    public static IEnumerable<int> Members(string? text) => NodeSet.TryParse(text, out CpuSet set) ? set.Members : [];

    /// <summary>The nodes of a guest's functions; <paramref name="open"/> is the first whose node is not known.</summary>
    public static CpuSet DeviceNodes(HostModel model, GuestDefinition guest, out GivenFunction? open)
    {
        var nodes = new List<int>();
        open = null;
        foreach (GivenFunction function in Functions(model, guest))
        {
            if (function.Device?.NumaNode is { IsKnown: true, Value: >= 0 and < CpuSet.Limit } node)
            {
                nodes.Add((int)node.Value);
            }
            else
            {
                open ??= function;
            }
        }

        return CpuSet.Of(nodes);
    }

    /// <summary>Why the node of a function is not known, with what to do.</summary>
    public static string UnseenNode(GivenFunction function) => function.Device is not { } device
        ? $"{function.Address} was not seen among the PCI functions. Look for it with \"ptdiag devices\" on the machine."
        : device.NumaNode.IsKnown ? $"firmware does not tell the node of {device.Address} (NUM-001). Look into the board's manual for the slot's node."
        : Quote.Unseen(device.NumaNode);

    /// <summary>The CPUs of these nodes; null when those of one are not known.</summary>
    public static CpuSet? CpusOf(HostModel model, CpuSet nodes)
    {
        var members = new List<int>();
        foreach (int id in nodes.Members)
        {
            if (model.Memory.AllNodes.FirstOrDefault(node => node.Id == id) is not { Cpus.IsKnown: true } node)
            {
                return null;
            }

            members.AddRange(node.Cpus.Value!.Members);
        }

        return CpuSet.Of(members);
    }

    /// <summary>The nodes that some of these CPUs belong to; null when the CPUs of a node are not known.</summary>
    public static CpuSet? NodesOf(HostModel model, CpuSet cpus)
    {
        IReadOnlyList<NumaNode> nodes = model.Memory.AllNodes;
        return nodes.Count == 0 || nodes.Any(node => !node.Cpus.IsKnown) ? null
            : CpuSet.Of(nodes.Where(node => node.Cpus.Value!.Intersect(cpus).Count > 0).Select(node => node.Id));
    }

    /// <summary>The host's nodes that the guest's memory is bound to; null without such a binding.</summary>
    public static CpuSet? MemoryNodes(GuestDefinition guest)
    {
        int[] members = [.. guest.NumaTune.SelectMany(policy => Members(policy.Nodeset))];
        return members.Length > 0 ? CpuSet.Of(members) : null;
    }

    /// <summary>
    /// Widest address, in bits, that the units of these functions translate; <paramref name="open"/> says what is missing, with what to do.
    /// Intel: the smaller of MGAW and the widest page table of SAGAW. AMD: at least 48 bits, four levels, on every unit.
    /// Source: VT-d specification, capability register; AMD I/O virtualization specification, extended feature register, HATS.
    /// </summary>
    public static int? AddressBits(HostModel model, IReadOnlyList<GivenFunction> functions, out string open)
    {
        open = "";
        if (!model.Iommu.Units.IsKnown || model.Iommu.Units.Value!.Count == 0)
        {
            open = model.Iommu.Units.IsKnown ? "No IOMMU unit is registered. Look at IOM-001 first." : Quote.Unseen(model.Iommu.Units);
            return null;
        }

        int? least = null;
        foreach (GivenFunction function in functions)
        {
            string? name = function.Device?.IommuUnit.Or(null);
            foreach (IommuUnit unit in model.Iommu.Units.Value!.Where(unit => name is null || unit.Name == name))
            {
                if (BitsOf(unit) is not { } bits)
                {
                    open = unit.Capability.IsKnown || unit.Vendor is not IommuVendor.Intel
                        ? $"{unit.Name} does not tell the width of its addresses. Look into its specification."
                        : Quote.Unseen(unit.Capability);
                    return null;
                }

                least = Math.Min(least ?? bits, bits);
            }
        }

        if (least is null)
        {
            open = "No registered unit is known to serve these functions. Run ptdiag as root on the machine.";
        }

        return least;
    }

    private static int? BitsOf(IommuUnit unit)
    {
        switch (unit.Vendor)
        {
            case IommuVendor.Amd:
                return 48;
            case IommuVendor.Intel when unit.Capability.IsKnown:
                int width = (int)((unit.Capability.Value >> 16) & 0x3f) + 1;
                int levels = (int)((unit.Capability.Value >> 8) & 0x1f);
                int table = (levels & 8) != 0 ? 57 : (levels & 4) != 0 ? 48 : (levels & 2) != 0 ? 39 : 0;
                return table == 0 ? null : Math.Min(width, table);
            default:
                return null;
        }
    }
}
