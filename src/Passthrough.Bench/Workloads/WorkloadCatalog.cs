using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads;

/// <summary>Every workload of the tool, in the order they are listed.</summary>
public static class WorkloadCatalog
{
    /// <summary>All workloads.</summary>
    public static IReadOnlyList<WorkloadInfo> All { get; } = [NvmeRead, VfioMap, EduInterrupt, MemoryChase];

    /// <summary>The workload of a name, or null.</summary>
    public static WorkloadInfo? Find(string name) => All.FirstOrDefault(info => info.Name == name);

    private static ISystemCalls System => LinuxSystemCalls.Instance;

    private static WorkloadInfo NvmeRead => Make(
        "dma.nvme.read",
        "Direct reads of an NVMe namespace through the kernel's driver and io_uring, a constant number in flight; it never writes.",
        "throughput",
        "perSecond",
        [
            new("device", ParameterSet.First, "block device such as /dev/nvme0n1, the PCI address of an NVMe function, or \"first\""),
            new("blockSize", "4096", "bytes of one read, a multiple of the device's logical block"),
            new("depth", "16", "reads in flight, 1 to 1024"),
            new("pattern", "random", "random or sequential"),
            new("cpu", ParameterSet.Any, "CPU of the submitting thread, or \"any\""),
            new("seed", "1", "seed of the random places"),
        ],
        model => NoMachine(model) ?? NoRoot(model, "reading a block device") ?? NoNvme(model),
        (parameters, _) => new NvmeReadWorkload(System, parameters));

    private static WorkloadInfo VfioMap => Make(
        "vfio.dma.map",
        "Time of one VFIO_IOMMU_MAP_DMA (or UNMAP_DMA) call over prefaulted memory, by the size of the pages behind it.",
        "latency",
        "nanoseconds",
        [
            new("device", ParameterSet.First, "PCI address of a function on vfio-pci, or \"first\""),
            new("pages", "4k", "4k, or 2m from the huge page pool"),
            new("sizeBytes", "67108864", "bytes of one mapping, a multiple of 2 MiB"),
            new("operation", "map", "which call is timed: map or unmap"),
        ],
        model => NoMachine(model) ?? NoRoot(model, "opening a VFIO group") ?? NoVfio(model),
        (parameters, model) => new VfioMapWorkload(System, parameters,
            VfioFunctions.Choose(parameters, VfioFunctions.OnVfioPci(model), "no function is bound to vfio-pci.")));

    private static WorkloadInfo EduInterrupt => Make(
        "irq.edu.msi",
        "From a register write of QEMU's edu device to the eventfd read that its MSI wakes, through VFIO.",
        "latency",
        "nanoseconds",
        [
            new("device", ParameterSet.First, "PCI address of an edu device on vfio-pci, or \"first\""),
            new("threadCpu", ParameterSet.Any, "CPU of the waiting thread, or \"any\""),
            new("wait", "block", "block in the read, or spin over non-blocking reads, which leaves the scheduler's wake-up out"),
        ],
        model => NoMachine(model) ?? NoRoot(model, "opening a VFIO group") ?? NoEdu(model),
        (parameters, model) => new EduInterruptWorkload(System, parameters, VfioFunctions.Choose(parameters,
            VfioFunctions.Edu(VfioFunctions.OnVfioPci(model)), "no edu device (1234:11e8) is bound to vfio-pci.")));

    private static WorkloadInfo MemoryChase => Make(
        "memory.chase",
        "Latency of dependent loads along a random cycle through memory; a sample is the mean of a batch of loads.",
        "latency",
        "nanoseconds",
        [
            new("pages", "4k", "4k, 2m from the huge page pool, or thp for transparent huge pages where the kernel gives them"),
            new("sizeBytes", "268435456", "bytes of memory, a multiple of 2 MiB"),
            new("cpu", ParameterSet.Any, "CPU that loads, or \"any\""),
            new("node", ParameterSet.Any, "NUMA node the memory is bound to, or \"any\""),
            new("batch", "4096", "loads timed as one sample, a multiple of 8"),
            new("seed", "1", "seed of the cycle"),
        ],
        NoMachine,
        (parameters, _) => new MemoryChaseWorkload(System, parameters));

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
