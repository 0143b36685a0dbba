using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads.Storage;

namespace Passthrough.Bench.Workloads;

/// <summary>Workloads of storage through the kernel.</summary>
public static partial class WorkloadCatalog
{
    private static IReadOnlyList<WorkloadInfo> StorageWorkloads => [NvmeRead];

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
}
