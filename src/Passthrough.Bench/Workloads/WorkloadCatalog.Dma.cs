using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads.Dma;

namespace Passthrough.Bench.Workloads;

/// <summary>Workloads of DMA through VFIO.</summary>
public static partial class WorkloadCatalog
{
    private static IReadOnlyList<WorkloadInfo> DmaWorkloads => [VfioMap];

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
}
