using BenchmarkDotNet.Attributes;

namespace Passthrough.Benchmarks.Workloads;

/// <summary>
/// <c>vfio.dma.map</c> under BenchmarkDotNet, where a function is on vfio-pci. The workload times the one call or the other; an engine that times
/// from outside sees both.
/// </summary>
public class VfioMap() : WorkloadBenchmark("vfio.dma.map", PairsPerCall)
{
    private const int PairsPerCall = 16;

    /// <summary>One map and one unmap of a region.</summary>
    [Benchmark(OperationsPerInvoke = PairsPerCall)]
    public void MapAndUnmap() => Execute();
}
