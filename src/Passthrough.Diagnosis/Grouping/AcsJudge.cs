using System.Globalization;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Grouping;

/// <summary>
/// Judges single functions as the kernel does: ports need ACS, functions of a multifunction device need it, single-function
/// endpoints and upstream ports do not, conventional PCI never has it.
/// Sources: drivers/pci/pci.c (pci_acs_enabled, pci_acs_flags_enabled), drivers/iommu/iommu.c (REQ_ACS_FLAGS).
/// </summary>
internal static class AcsJudge
{
    /// <summary>Source validation, request redirect, completion redirect, upstream forwarding: bits 0, 2, 3 and 4.</summary>
    public const int Required = 0x1d;

    private static readonly (int Bit, string Name)[] _bits =
        [(0x01, "source validation"), (0x04, "request redirect"), (0x08, "completion redirect"), (0x10, "upstream forwarding")];

    /// <summary>Judges one function. <paramref name="isMultiFunction"/> is null where its header was not read.</summary>
    public static AcsHop Judge(PciDevice device, bool? isMultiFunction)
    {
        PciCapabilities caps = device.Capabilities;
        string role = Role(device);
        if (device.Sriov.PhysicalFunction is not null)
        {
            return new AcsHop(device.Address, "virtual function", AcsState.Isolates, caps.AcsCapability, caps.AcsControl, "is a virtual function, which the kernel takes for one of its own");
        }

        (AcsState state, string why) = Registers(caps, isMultiFunction);
        if (AcsQuirks.HasOddRegisters(device))
        {
            (state, why) = (AcsState.MayBeListed, "has ACS registers of its own form, which the kernel reads by a quirk");
        }
        else if (state == AcsState.Joins && AcsQuirks.MayHold(device) && !(caps is { Acs: true, ExpressPortType: 4 or 6 }))
        {
            state = AcsState.MayBeListed;
        }

        return new AcsHop(device.Address, role, state, caps.AcsCapability, caps.AcsControl, why);
    }

    /// <summary>What a function is, by its PCI Express type.</summary>
    public static string Role(PciDevice device) => device.Capabilities switch
    {
        { Express: null } or { Express: true, ExpressPortType: null } => device.IsPciBridge ? "bridge or port" : "function",
        { Express: false } => device.IsPciBridge ? "conventional PCI bridge" : "conventional PCI function",
        { ExpressPortType: 4 } => "root port",
        { ExpressPortType: 5 } => "upstream port",
        { ExpressPortType: 6 } => "downstream port",
        { ExpressPortType: 7 } => "PCIe-to-PCI bridge",
        { ExpressPortType: 8 } => "PCI-to-PCIe bridge",
        { ExpressPortType: 9 } => "integrated endpoint",
        { ExpressPortType: 10 } => "event collector",
        _ => "endpoint",
    };

    /// <summary>
    /// Whether the IOMMU sees what is below this bridge under the bridge's name: bridges to and from conventional PCI. Null when its
    /// PCI Express capability was not read. Source: drivers/pci/search.c (pci_for_each_dma_alias).
    /// </summary>
    public static bool? IsAlias(PciDevice bridge) => bridge.Capabilities switch
    {
        { Express: null } or { Express: true, ExpressPortType: null } => null,
        { Express: false } or { ExpressPortType: 7 or 8 } => true,
        _ => false,
    };

    private static (AcsState State, string Why) Registers(PciCapabilities caps, bool? isMultiFunction)
    {
        if (caps.Express is null || (caps.Express == true && caps.ExpressPortType is null))
        {
            return (AcsState.NotRead, "was not read as far as its PCI Express capability");
        }

        if (caps.Express == false)
        {
            return (AcsState.Joins, "is conventional PCI, which has no ACS");
        }

        switch (caps.ExpressPortType)
        {
            case 7 or 8:
                return (AcsState.Joins, "is a bridge to or from conventional PCI, where all share one bus");
            case 10:
                return (AcsState.Joins, "is an event collector, which never has ACS");
            case 4 or 6:
                return Flags(caps);
            case 0 or 1 or 5 or 9:
                return isMultiFunction switch
                {
                    false => (AcsState.Isolates, "is alone in its device, so it needs no ACS"),
                    null => (AcsState.NotRead, "was not read as far as its header type"),
                    _ => Flags(caps),
                };
            default:
                return (AcsState.Isolates, "is of a kind that the kernel does not ask for ACS");
        }
    }

    private static (AcsState State, string Why) Flags(PciCapabilities caps)
    {
        if (caps.Acs is null || (caps.Acs == true && (caps.AcsCapability is null || caps.AcsControl is null)))
        {
            return (AcsState.NotRead, "was not read as far as its ACS registers");
        }

        if (caps.Acs == false)
        {
            return (AcsState.Joins, "has no ACS capability");
        }

        // What the capability register does not offer counts as hard-wired.
        int off = Required & caps.AcsCapability!.Value & ~caps.AcsControl!.Value;
        return off == 0
            ? (AcsState.Isolates, string.Create(CultureInfo.InvariantCulture, $"has ACS on (control 0x{caps.AcsControl.Value:x4})"))
            : (AcsState.Joins, string.Create(CultureInfo.InvariantCulture,
                $"has {string.Join(", ", _bits.Where(bit => (off & bit.Bit) != 0).Select(bit => bit.Name))} of its ACS switched off (capability 0x{caps.AcsCapability.Value:x4}, control 0x{caps.AcsControl.Value:x4})"));
    }
}
