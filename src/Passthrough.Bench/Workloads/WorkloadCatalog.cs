using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Workloads.Dma;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads;

/// <summary>Every workload of the tool, in the order they are listed.</summary>
public static partial class WorkloadCatalog
{
    /// <summary>All workloads.</summary>
    public static IReadOnlyList<WorkloadInfo> All { get; } =
    [
        .. StorageWorkloads, .. DmaWorkloads, .. InterruptsWorkloads, .. TimersWorkloads, .. MemoryWorkloads, .. NetworkWorkloads, .. GpuWorkloads,
    ];

    /// <summary>The workload of a name, or null.</summary>
    public static WorkloadInfo? Find(string name) => All.FirstOrDefault(info => info.Name == name);

    private static ISystemCalls System => LinuxSystemCalls.Instance;

    private static WorkloadInfo Make(string name, string summary, string metric, string unit, IReadOnlyList<WorkloadParameter> parameters,
        Func<HostModel, string?> whyNot, Func<ParameterSet, HostModel, IWorkload> create) => new()
        {
            Name = name,
            Summary = summary,
            Metric = metric,
            Unit = unit,
            Parameters = parameters,
            WhyNot = whyNot,
            Create = (given, model) => create(new ParameterSet(name, parameters, given), model),
        };

    private static string? NoMachine(HostModel model) =>
        model.Source == SourceKind.Live ? null : "a workload runs on the machine itself, and this is a record of one.";

    private static string? NoRoot(HostModel model, string what) =>
        model.Privilege.EffectiveUser is { IsKnown: true, Value: not 0 } user
            ? $"{what} is done as root only, and this process runs as user {user.Value}."
            : null;

    private static string? NoDevices(HostModel model) =>
        model.Pci.Devices.IsKnown ? null : "the PCI functions of this machine could not be read, so no device can be chosen.";

    private static string? NoNvme(HostModel model)
    {
        if (NoDevices(model) is { } reason)
        {
            return reason;
        }

        // Class 0108 is a non-volatile memory controller.
        PciDevice[] controllers = [.. model.Pci.All.Where(device => device.Class == 0x0108)];
        return controllers.Length == 0 ? "this machine has no NVMe controller on PCI."
            : controllers.Any(device => device.Driver.Or(null) == "nvme") ? null
            : Unbound(controllers, "no NVMe controller", "the nvme driver");
    }

    private static string? NoVfio(HostModel model) => NoDevices(model)
        ?? (VfioFunctions.OnVfioPci(model).Any() ? null : Unbound(model.Pci.All, "no function", "vfio-pci"));

    private static string? NoEdu(HostModel model)
    {
        if (NoDevices(model) is { } reason)
        {
            return reason;
        }

        PciDevice[] devices = [.. VfioFunctions.Edu(model.Pci.All)];
        return devices.Length == 0 ? "this machine has no edu device (1234:11e8)."
            : VfioFunctions.OnVfioPci(model).Intersect(devices).Any() ? null
            : Unbound(devices, "no edu device", "vfio-pci");
    }

    // A driver link that could not be read is not the same as no driver.
    private static string Unbound(IEnumerable<PciDevice> devices, string which, string driver) =>
        devices.All(device => device.Driver.IsKnown || device.Driver.IsAbsent)
            ? $"{which} is bound to {driver}."
            : $"{which} is known to be bound to {driver}, and the driver of some could not be read.";
}
