using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads.Memory;

namespace Passthrough.Bench.Workloads;

/// <summary>Workloads of memory.</summary>
public static partial class WorkloadCatalog
{
    private static IReadOnlyList<WorkloadInfo> MemoryWorkloads => [MemoryChase, MemoryStream];

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

    private static WorkloadInfo MemoryStream => Make(
        "memory.stream",
        "Bandwidth of the triad a = b + s·c with stores that pass the caches by; bytes as STREAM counts them, three arrays a pass, and the result is verified.",
        "throughput",
        "bytesPerSecond",
        [
            new("cpus", ParameterSet.Any, "CPUs with one thread each, such as 0-3,8, or \"any\" for one thread wherever it runs"),
            new("sizeBytes", "auto", "bytes of one of the three arrays; \"auto\" is four times the last-level caches of these CPUs"),
            new("pages", "4k", "4k, thp for transparent huge pages where the kernel gives them, 2m or 1g from the huge page pools"),
            new("node", ParameterSet.Any, "NUMA node the memory is bound to, or \"any\": each thread's own node, where memory is left there"),
            new("vectorBits", "auto", "width of the stores, 512, 256 or 128, or \"plain\" for ordinary ones; \"auto\" is the widest there is"),
        ],
        NoMachine,
        (parameters, _) => new MemoryStreamWorkload(System, parameters));
}
