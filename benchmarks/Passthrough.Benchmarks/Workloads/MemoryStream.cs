using BenchmarkDotNet.Attributes;

namespace Passthrough.Benchmarks.Workloads;

/// <summary><c>memory.stream</c> under BenchmarkDotNet.</summary>
public class MemoryStream() : WorkloadBenchmark("memory.stream", PassesPerCall)
{
    private const int PassesPerCall = 2;

    /// <summary>One pass over the arrays.</summary>
    [Benchmark(OperationsPerInvoke = PassesPerCall)]
    public void Pass() => Execute();
}
