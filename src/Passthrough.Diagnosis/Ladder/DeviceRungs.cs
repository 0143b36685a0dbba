using Passthrough.Diagnosis.Checks.Modules;
using Passthrough.Host.Kernel;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Ladder;

/// <summary>Groups, device, driver and guest: what is judged for candidates once the platform stands.</summary>
internal static class DeviceRungs
{
    private static readonly string[] _deviceIds = ["IOM-003", "FW-007", "FW-008", "DEV-005", "DEV-010", "BAR-001"];

    private static readonly string[] _driverIds = ["MOD-001", "MOD-002", "DEV-001"];

    /// <summary>A candidate shares its group with a device that the host drives, or there are no groups.</summary>
    public static Broken? Groups(LadderView view)
    {
        foreach (PciDevice candidate in view.Subjects.Candidates)
        {
            if (view.Model.Iommu.GroupOf(candidate.Address) is not { } group)
            {
                continue;
            }

            PciDevice[] blockers =
            [
                .. group.Devices.Where(address => view.Subjects.Candidates.All(item => item.Address != address))
                    .Select(view.Model.Pci.Find).OfType<PciDevice>().Where(IsHostDriven),
            ];
            if (blockers.Length > 0)
            {
                string names = string.Join(", ", blockers.Select(device => $"{device.Address} ({device.Driver.Value})"));
                return new Broken("GRP-001",
                    $"{candidate.Address} shares IOMMU group {group.Id} with {names}, which the host drives: assign them together, unbind them, or move the card to another slot.");
            }
        }

        return view.Failing("GRP-001") is { } viability ? Broken.From(viability)
            : view.Iommu.State != TriState.No && view.Failing("IOM-002") is { } groups ? Broken.From(groups)
            : null;
    }

    /// <summary>A device cannot be assigned.</summary>
    public static Broken? Device(LadderView view) =>
        _deviceIds.Select(view.Failing).FirstOrDefault(finding => finding is not null) is { } finding ? Broken.From(finding) : null;

    /// <summary>The VFIO driver is missing, or a candidate waits for it.</summary>
    public static Broken? Driver(LadderView view)
    {
        if (Mod001VfioStack.IsNotRunning(view.Model) && Mod001VfioStack.Waiting(view.Subjects).FirstOrDefault() is { } waiting)
        {
            string why = view.Model.Kernel.Modules.Presence("vfio_pci") == ModulePresence.Missing
                ? "this kernel has no vfio_pci module: install the package with all of the kernel's modules, or another kernel, then probe the device again."
                : "vfio_pci is not loaded: modprobe vfio-pci, then probe the device again.";
            return new Broken(view.Show("MOD-001", "DEV-001"),
                $"{waiting.Address} has driver_override {waiting.DriverOverride.Value} but no driver, because {why}");
        }

        return _driverIds.Select(view.Failing).FirstOrDefault(finding => finding is not null) is { } finding
            ? Broken.From(finding)
            : null;
    }

    /// <summary>The guest's XML does not fit the host.</summary>
    public static Broken? Guest(LadderView view) => view.Findings.FirstOrDefault(finding =>
        finding.Verdict == Verdict.Fail && (finding.Id.StartsWith("VIRT-", StringComparison.Ordinal) || finding.Id is "HUG-002" or "MEM-001")) is { } finding ? Broken.From(finding) : null;

    // Without a driver, on a VFIO driver or on pci-stub a member is harmless, and so is a port on pcieport, whose driver
    // does no DMA of its own (drivers/vfio/vfio_main.c, drivers/pci/pcie/portdrv.c).
    private static bool IsHostDriven(PciDevice device) => device.Driver.IsKnown && !device.IsOnVfioDriver
        && device.Driver.Value != "pci-stub" && !(device.IsPciBridge && device.Driver.Value == "pcieport");
}
