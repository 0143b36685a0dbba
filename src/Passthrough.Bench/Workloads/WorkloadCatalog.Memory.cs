using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads.Memory;

namespace Passthrough.Bench.Workloads;

/// <summary>Workloads of memory.</summary>
public static partial class WorkloadCatalog
{
    private static IReadOnlyList<WorkloadInfo> MemoryWorkloads => [MemoryChase];

    private static WorkloadInfo MemoryChase => Make(
        "memory.chase",
        "Latency of dependent loads along a random cycle through memory; a sample is the mean of a batch of loads.",
        "latency",
        "nanoseconds",
        [
            new("pages", "4k", "4k, thp for transparent huge pages where the kernel gives them, 2m or 1g from the huge page pools"),
            new("sizeBytes", "268435456", "bytes of memory, a multiple of 2 MiB, or of 1 GiB with pages=1g"),
            new("line", "64", "bytes of memory for each pointer: 64, 128 or 256, of which one line is loaded"),
            new("cpu", ParameterSet.Any, "CPU that loads, or \"any\""),
            new("node", ParameterSet.Any, "NUMA node the memory is bound to, or \"any\""),
            new("batch", "4096", "loads timed as one sample, a multiple of 8"),
            new("seed", "1", "seed of the cycle"),
        ],
        NoMachine,
        (parameters, _) => new MemoryChaseWorkload(System, parameters));
}
