using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Pci;

/// <summary>One PCI function as sysfs shows it. Source: Documentation/ABI/testing/sysfs-bus-pci.</summary>
public sealed record PciDevice
{
    /// <summary>The address.</summary>
    public required PciAddress Address { get; init; }

    /// <summary>The folder it was read from, for example <c>/sys/bus/pci/devices/0000:01:00.0</c>.</summary>
    public required string Path { get; init; }

    /// <summary>Vendor id: the <c>vendor</c> file, else uevent, modalias or the first config bytes.</summary>
    public required Reading<ushort> VendorId { get; init; }

    /// <summary>Device id.</summary>
    public required Reading<ushort> DeviceId { get; init; }

    /// <summary>Subsystem vendor id.</summary>
    public required Reading<ushort> SubsystemVendorId { get; init; }

    /// <summary>Subsystem device id.</summary>
    public required Reading<ushort> SubsystemDeviceId { get; init; }

    /// <summary>24-bit class code (base, sub, interface); the interface is 0 when only modalias' bc/sc told it.</summary>
    public required Reading<uint> ClassCode { get; init; }

    /// <summary>Revision.</summary>
    public required Reading<byte> Revision { get; init; }

    /// <summary>Vendor name from the machine's own pci.ids, null when the file or the id is missing.</summary>
    public string? VendorName { get; init; }

    /// <summary>Device name from the machine's own pci.ids.</summary>
    public string? DeviceName { get; init; }

    /// <summary>Bound driver: the link's last name, else <c>DRIVER=</c> of uevent. Absent: no driver is bound.</summary>
    public required Reading<string> Driver { get; init; }

    /// <summary>driver_override; absent also when it reads <c>(null)</c>.</summary>
    public required Reading<string> DriverOverride { get; init; }

    /// <summary>The kernel module behind the driver (<c>driver/module</c>).</summary>
    public required Reading<string> DriverModule { get; init; }

    /// <summary>The device has a <c>vfio-dev</c> folder: a VFIO driver serves it.</summary>
    public required Reading<bool> HasVfioFolder { get; init; }

    /// <summary>Number (as text) of the IOMMU group the <c>iommu_group</c> link points at; absent: no group.</summary>
    public required Reading<string> IommuGroup { get; init; }

    /// <summary>Name of the IOMMU unit the <c>iommu</c> link points at (dmar0, ivhd0 …).</summary>
    public required Reading<string> IommuUnit { get; init; }

    /// <summary>NUMA node as the kernel says it; -1 is "unknown", never node 0.</summary>
    public required Reading<long> NumaNode { get; init; }

    /// <summary>CPUs near the device.</summary>
    public required Reading<CpuSet> LocalCpus { get; init; }

    /// <summary>The bridge or root port above; null for a function on a root bus or where the hierarchy is not known.</summary>
    public PciAddress? Parent { get; init; }

    /// <summary>Config space as far as it was readable. Withheld when the device is suspended.</summary>
    public required Reading<PciConfigSpace> Config { get; init; }

    /// <summary>Capabilities decoded from <see cref="Config"/>.</summary>
    public required PciCapabilities Capabilities { get; init; }

    /// <summary>reset_method's words in order (flr, af_flr, pm, bus, device_specific, acpi, cxl_bus). Absent before Linux 5.15 or with no method.</summary>
    public required Reading<IReadOnlyList<string>> ResetMethods { get; init; }

    /// <summary>The <c>reset</c> file exists: some reset method works.</summary>
    public required Reading<bool> HasReset { get; init; }

    /// <summary>Link state and limits.</summary>
    public required PciLink Link { get; init; }

    /// <summary>SR-IOV state.</summary>
    public required PciSriov Sriov { get; init; }

    /// <summary>Memory and port windows from <c>resource</c>, BARs 0–5 with a size.</summary>
    public required Reading<IReadOnlyList<PciBar>> Bars { get; init; }

    /// <summary>power_state: D0, D3hot, D3cold, unknown.</summary>
    public required Reading<string> PowerState { get; init; }

    /// <summary>power/runtime_status: active, suspended …</summary>
    public required Reading<string> RuntimeStatus { get; init; }

    /// <summary>d3cold_allowed.</summary>
    public required Reading<bool> D3coldAllowed { get; init; }

    /// <summary>boot_vga; absent on what is no VGA device.</summary>
    public required Reading<bool> BootVga { get; init; }

    /// <summary>Interrupts under msi_irqs; absent when neither MSI nor MSI-X is in use.</summary>
    public required Reading<IReadOnlyList<string>> MsiIrqs { get; init; }

    /// <summary>Counters of PCI Express errors; absent where the function has no Advanced Error Reporting, or the kernel does not own it.</summary>
    public PciErrors Errors { get; init; } = PciErrors.Unknown;

    /// <summary>A driver that hands out mediated devices offers types here (<c>mdev_supported_types</c>); absent on most.</summary>
    public Reading<bool> HasMediatedTypes { get; init; } = Reading.Missing<bool>(Outcome.NotRecorded, "mdev_supported_types");

    /// <summary>Base and sub class, for example 0x0300; null when not known.</summary>
    public ushort? Class => ClassCode.IsKnown ? (ushort)(ClassCode.Value >> 8) : null;

    /// <summary>True for bridges (base class 06); a header type of 1 counts where the class is unknown.</summary>
    public bool IsBridge => Class is { } code ? code >> 8 == 0x06 : Config.IsKnown && Config.Value!.HeaderType == 1;

    /// <summary>True for a PCI-to-PCI bridge or port (class 0604, 0609).</summary>
    public bool IsPciBridge => Class is 0x0604 or 0x0609 || (Class is null && Config.IsKnown && Config.Value!.HeaderType == 1);

    /// <summary>
    /// A VFIO driver serves it: its folder has <c>vfio-dev/</c> (Linux 6.1) or the driver's name holds "vfio".
    /// </summary>
    public bool IsOnVfioDriver => (HasVfioFolder.IsKnown && HasVfioFolder.Value)
        || (Driver.IsKnown && Driver.Value!.Contains("vfio", StringComparison.Ordinal));
}

/// <summary>PCIe link speeds in GT/s and widths in lanes; what a device without a link shows stays unknown.</summary>
public sealed record PciLink(Reading<double> SpeedGTps, Reading<int> Width, Reading<double> MaxSpeedGTps, Reading<int> MaxWidth);

/// <summary>Totals of aer_dev_correctable, aer_dev_nonfatal and aer_dev_fatal since boot (Linux 4.19). Source: Documentation/ABI/testing/sysfs-bus-pci-devices-aer_stats.</summary>
public sealed record PciErrors(Reading<long> Correctable, Reading<long> NonFatal, Reading<long> Fatal)
{
    /// <summary>Nothing was asked.</summary>
    public static readonly PciErrors Unknown = new(None("aer_dev_correctable"), None("aer_dev_nonfatal"), None("aer_dev_fatal"));

    private static Reading<long> None(string name) => Reading.Missing<long>(Outcome.NotRecorded, name);
}

/// <summary>One BAR whose size can be changed (Resizable BAR capability).</summary>
/// <param name="Index">0–5.</param>
/// <param name="SizeBytes">Size in effect.</param>
/// <param name="LargestBytes">Largest size that it offers.</param>
public sealed record ResizableBar(int Index, long SizeBytes, long LargestBytes);

/// <summary>SR-IOV attributes; absent on devices without the capability or without driver support.</summary>
/// <param name="Total">sriov_totalvfs.</param>
/// <param name="Configured">sriov_numvfs.</param>
/// <param name="DriversAutoprobe">sriov_drivers_autoprobe.</param>
/// <param name="PhysicalFunction">The PF of a VF (physfn link).</param>
/// <param name="VirtualFunctions">The VFs of a PF (virtfnN links), in order.</param>
public sealed record PciSriov(Reading<long> Total, Reading<long> Configured, Reading<bool> DriversAutoprobe,
    PciAddress? PhysicalFunction, IReadOnlyList<PciAddress> VirtualFunctions);

/// <summary>One base address register with a size.</summary>
/// <param name="Index">0–5.</param>
/// <param name="Start">Start address as the kernel shows it (0 without privilege, or not assigned).</param>
/// <param name="SizeBytes">Size.</param>
/// <param name="Kind">Memory32, Memory64 or Io.</param>
/// <param name="Prefetchable">IORESOURCE_PREFETCH.</param>
public sealed record PciBar(int Index, ulong Start, ulong SizeBytes, PciBarKind Kind, bool Prefetchable);

/// <summary>What a BAR decodes.</summary>
public enum PciBarKind
{
    /// <summary>32-bit memory.</summary>
    Memory32,

    /// <summary>64-bit memory.</summary>
    Memory64,

    /// <summary>Ports.</summary>
    Io,
}

/// <summary>
/// Capabilities of a function. A member is null when too few bytes were read to tell: with 64 bytes or fewer all of them,
/// with 256 or fewer those of extended config space.
/// </summary>
public sealed record PciCapabilities
{
    /// <summary>Nothing can be told.</summary>
    public static readonly PciCapabilities Unknown = new();

    /// <summary>More than 64 bytes were read.</summary>
    public bool Known { get; init; }

    /// <summary>Access Control Services (extended 0x000d) present.</summary>
    public bool? Acs { get; init; }

    /// <summary>ACS capability register, where present.</summary>
    public ushort? AcsCapability { get; init; }

    /// <summary>ACS control register, where present.</summary>
    public ushort? AcsControl { get; init; }

    /// <summary>Address Translation Services (extended 0x000f).</summary>
    public bool? Ats { get; init; }

    /// <summary>Function level reset: DevCap bit 28 or the Advanced Features capability's FLR bit.</summary>
    public bool? Flr { get; init; }

    /// <summary>SR-IOV (extended 0x0010).</summary>
    public bool? Sriov { get; init; }

    /// <summary>MSI (0x05).</summary>
    public bool? Msi { get; init; }

    /// <summary>MSI-X (0x11).</summary>
    public bool? MsiX { get; init; }

    /// <summary>Resizable BAR (extended 0x0015).</summary>
    public bool? ResizableBar { get; init; }

    /// <summary>The resizable BARs; empty without the capability, null where it was not read.</summary>
    public IReadOnlyList<ResizableBar>? ResizableBars { get; init; }

    /// <summary>Process Address Space ID (extended 0x001b).</summary>
    public bool? Pasid { get; init; }

    /// <summary>Page Request Interface (extended 0x0013).</summary>
    public bool? Pri { get; init; }

    /// <summary>PCI Express capability (0x10) present; null when not known.</summary>
    public bool? Express { get; init; }

    /// <summary>Device/port type from PCI Express capabilities register bits 7:4 (4 root port, 5 upstream, 6 downstream, 7 PCIe-to-PCI …).</summary>
    public int? ExpressPortType { get; init; }
}

/// <summary>All functions of a machine and the devices named by <c>bus/pci/devices</c> that could not be read further.</summary>
public sealed record PciInventory
{
    private FunctionIndex? _index;

    /// <summary>The functions, ordered by address; the reading says why there is none.</summary>
    public required Reading<IReadOnlyList<PciDevice>> Devices { get; init; }

    /// <summary>The functions, empty when they could not be read.</summary>
    public IReadOnlyList<PciDevice> All => Devices.Or([])!;

    /// <summary>The function at an address, or null.</summary>
    public PciDevice? Find(PciAddress address)
    {
        // Made for the list that it was made from: a copy with other functions makes its own.
        IReadOnlyList<PciDevice> all = All;
        if (_index is not { } index || !ReferenceEquals(index.Functions, all))
        {
            var byAddress = new Dictionary<PciAddress, PciDevice>(all.Count);
            foreach (PciDevice device in all)
            {
                byAddress.TryAdd(device.Address, device);
            }

            _index = index = new FunctionIndex(all, byAddress);
        }

        return index.ByAddress.GetValueOrDefault(address);
    }

    private sealed record FunctionIndex(IReadOnlyList<PciDevice> Functions, Dictionary<PciAddress, PciDevice> ByAddress);
}
