using BenchmarkDotNet.Attributes;

namespace Passthrough.Benchmarks.Workloads;

/// <summary><c>memory.chase</c> under BenchmarkDotNet.</summary>
public class MemoryChase() : WorkloadBenchmark("memory.chase", LoadsPerCall)
{
    // A multiple of the workload's batch, so that a stage ends with exactly so many loads; about two milliseconds, so that the median over
    // iterations leaves out those in which the thread lost its CPU, as our median over batches does.
    private const int LoadsPerCall = 1 << 14;

    /// <summary>One dependent load.</summary>
    [Benchmark(OperationsPerInvoke = LoadsPerCall)]
    public void Load() => Execute();
}
