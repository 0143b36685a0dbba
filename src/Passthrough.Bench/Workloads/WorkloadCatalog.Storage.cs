using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads.Storage;

namespace Passthrough.Bench.Workloads;

/// <summary>Workloads of storage through the kernel.</summary>
public static partial class WorkloadCatalog
{
    private static IReadOnlyList<WorkloadInfo> StorageWorkloads => [NvmeRead, BlockIo, BlockLatency];

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
        (parameters, model) => new BlockWorkload(System, parameters, BlockPlan.OfNvmeRead(parameters), model,
            () => BlockTarget.Of(System, NvmeNamespace.Find(System, parameters.Text("device")))));

    private static WorkloadParameter[] BlockParameters =>
    [
        new("device", ParameterSet.First, "block device, regular file, PCI address of an NVMe function, or \"first\"; for writes the full path"),
        new("rw", "read", "read, write or mix; what writes needs --destructive and overwrites"),
        new("readPercent", "70", "reads out of a hundred operations of rw=mix"),
        new("blockSize", "4096", "bytes of one operation, a multiple of the device's logical block"),
        new("depth", "16", "operations in flight at most, 1 to 1024"),
        new("pattern", "random", "random or sequential"),
        new("polled", "no", "yes asks the device for completions instead of waiting for interrupts (NVMe with nvme.poll_queues)"),
        new("cpu", ParameterSet.Any, "CPU of the submitting thread, or \"any\""),
        new("seed", "1", "seed of places, mix and arrivals"),
    ];

    private static WorkloadInfo BlockIo => Make(
        "block.io",
        "Direct reads or writes of a block device or file through io_uring, a constant number in flight; writes only with --destructive.",
        "throughput",
        "perSecond",
        [.. BlockParameters, new("batch", "1", "operations submitted by one call at most, 1 to depth (fio's iodepth_batch)")],
        NoMachine,
        (parameters, model) => new BlockWorkload(System, parameters, BlockPlan.Of(parameters, hasArrival: false), model)) with
    {
        Overwrites = BlockPlan.Overwrites,
    };

    private static WorkloadInfo BlockLatency => Make(
        "block.io.latency",
        "Latency of direct reads or writes through io_uring: closed loop, or at times of a schedule and measured from the intended start.",
        "latency",
        "nanoseconds",
        [
            .. BlockParameters,
            new("arrival", "closed", "closed (the next starts when one ends), fixed (equal distances) or poisson (random ones)"),
            new("ratePerSecond", "0", "operations a second with arrival fixed or poisson"),
        ],
        NoMachine,
        (parameters, model) => new BlockWorkload(System, parameters, BlockPlan.Of(parameters, hasArrival: true), model)) with
    {
        Overwrites = BlockPlan.Overwrites,
    };
}
