using System.Runtime;

namespace Passthrough.Bench.Engine;

/// <summary>What the runtime did beside the workload: the loops allocate nothing and compile nothing, and these counters show it.</summary>
/// <param name="Collections">Garbage collections of all generations.</param>
/// <param name="AllocatedBytes">Bytes that the calling thread allocated.</param>
/// <param name="JitMethods">Methods compiled in the process; always 0 in a program that was compiled ahead of time.</param>
internal readonly record struct RuntimeCounts(int Collections, long AllocatedBytes, long JitMethods)
{
    /// <summary>The counters of now, for the calling thread.</summary>
    public static RuntimeCounts Now()
    {
        int collections = 0;
        for (int generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            collections += GC.CollectionCount(generation);
        }

        return new(collections, GC.GetAllocatedBytesForCurrentThread(), JitInfo.GetCompiledMethodCount());
    }

    /// <summary>What was added since.</summary>
    public RuntimeCounts Since(RuntimeCounts earlier) =>
        new(Collections - earlier.Collections, AllocatedBytes - earlier.AllocatedBytes, JitMethods - earlier.JitMethods);
}
