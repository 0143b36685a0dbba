using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads.Dma;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads;

/// <summary>Workloads of DMA through VFIO.</summary>
public static partial class WorkloadCatalog
{
    private static WorkloadParameter NvmeDevice => new("device", ParameterSet.First, "PCI address of an NVMe controller on vfio-pci, or \"first\"");

    private static WorkloadParameter ReadSize => new("blockSize", "4096", "bytes of one read, a multiple of the namespace's logical block, at most 2 MiB");

    private static WorkloadParameter CompletionWaitWord => new("wait", "poll", "poll the completion queue, block in the read of the interrupt's event descriptor,"
        + " or spin over non-blocking reads of it, which leaves the scheduler's wake-up out");

    private static WorkloadParameter DmaPages => new("pages", "4k", "memory behind the buffers: 4k, 2m from the huge page pool, or thp where the kernel gives them");

    private static WorkloadParameter ReadPattern => new("pattern", "random", "random or sequential");

    private static WorkloadParameter PlacesSeed => new("seed", "1", "seed of the random places");

    private static WorkloadParameter DriverCpu => new("cpu", ParameterSet.Any, "CPU of the driving thread, or \"any\"");

    private static WorkloadParameter Backend => new("backend", "auto", "interface of the kernel for mappings: type1 (container and group),"
        + " iommufd (the device's own node), or auto for type1 where its nodes are there and else iommufd");

    private static IReadOnlyList<WorkloadInfo> DmaWorkloads => [NvmeVfio, NvmeVfioLatency, IotlbReach, VfioMap];

    private static WorkloadInfo NvmeVfio => Make(
        "dma.nvme.vfio",
        "Reads of an NVMe namespace by a driver of this process's own through VFIO, a constant number taken; it can issue no other I/O command than Read.",
        "throughput",
        "perSecond",
        [
            NvmeDevice,
            ReadSize,
            new("depth", "16", "reads taken at once, 1 to 1024"),
            new("batch", "1", "reads that one doorbell write announces, and completions that one acknowledges, 1 to depth"),
            CompletionWaitWord,
            ReadPattern,
            DmaPages,
            PlacesSeed,
            DriverCpu,
            Backend,
        ],
        WhyNoNvmeVfio,
        (parameters, model) => new NvmeVfioWorkload(System, parameters, NvmeOnVfio(parameters, model)));

    private static WorkloadInfo NvmeVfioLatency => Make(
        "dma.nvme.vfio.latency",
        "One read of an NVMe namespace at a time through VFIO, from right before its doorbell until its completion is seen; polled minus interrupt is the interrupt's way.",
        "latency",
        "nanoseconds",
        [NvmeDevice, ReadSize, CompletionWaitWord, ReadPattern, DmaPages, PlacesSeed, DriverCpu, Backend],
        WhyNoNvmeVfio,
        (parameters, model) => new NvmeLatencyWorkload(System, parameters, NvmeOnVfio(parameters, model)));

    private static WorkloadInfo IotlbReach => Make(
        "dma.iotlb.reach",
        "Latency of polled NVMe reads through VFIO whose data goes to all of some IOVA pages in turn: the page count at which it rises is the reach of the IOTLB.",
        "latency",
        "nanoseconds",
        [
            NvmeDevice,
            new("pageCount", "64", "IOVA pages that the data goes to, 1 to 1048576"),
            new("pages", "4k", "4k (the IOVA is placed so that no larger IOMMU page fits), or 2m from the huge page pool"),
            new("blockSize", "4096", "bytes of one read, a multiple of the namespace's logical block, at most 4096"),
            new("seed", "1", "seed of the order of pages"),
            DriverCpu,
            Backend,
        ],
        WhyNoNvmeVfio,
        (parameters, model) => new IotlbReachWorkload(System, parameters, NvmeOnVfio(parameters, model)));

    private static WorkloadInfo VfioMap => Make(
        "vfio.dma.map",
        "Time of one call that maps (or unmaps) prefaulted memory for DMA through VFIO, by the pages behind it and the pages of the IOMMU.",
        "latency",
        "nanoseconds",
        [
            new("device", ParameterSet.First, "PCI address of a function on vfio-pci, or \"first\""),
            new("pages", "4k", "memory behind the mapping: 4k, thp where the kernel gives them, 2m or 1g from the huge page pool"),
            new("iommuPages", "auto", "auto lets the IOMMU use its largest pages that fit; 4k holds it to small ones: with iommufd by its option HUGE_PAGES,"
                + " with type1 by an IOVA that is moved by 4 KiB against the memory (its switch disable_hugepages is read when the module is loaded)"),
            new("sizeBytes", "67108864", "bytes of one mapping, a multiple of 2 MiB (of 1 GiB with pages=1g)"),
            new("operation", "map", "which call is timed: map or unmap"),
            Backend,
        ],
        model => NoMachine(model) ?? NoRoot(model, "opening a VFIO group") ?? NoVfio(model),
        (parameters, model) => new VfioMapWorkload(System, parameters,
            VfioFunctions.Choose(parameters, VfioFunctions.OnVfioPci(model), "no function is bound to vfio-pci.")));

    private static PciAddress NvmeOnVfio(ParameterSet parameters, HostModel model) => VfioFunctions.Choose(parameters,
        VfioFunctions.Nvme(VfioFunctions.OnVfioPci(model)), "no NVMe controller is bound to vfio-pci.");

    private static string? WhyNoNvmeVfio(HostModel model)
    {
        if ((NoMachine(model) ?? NoRoot(model, "opening a VFIO group") ?? NoDevices(model)) is { } reason)
        {
            return reason;
        }

        PciDevice[] controllers = [.. VfioFunctions.Nvme(model.Pci.All)];
        return controllers.Length == 0 ? "this machine has no NVMe controller on PCI."
            : VfioFunctions.OnVfioPci(model).Intersect(controllers).Any() ? null
            : Unbound(controllers, "no NVMe controller", "vfio-pci");
    }
}
