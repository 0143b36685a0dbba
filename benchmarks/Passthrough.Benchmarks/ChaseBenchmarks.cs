using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using Passthrough.Bench.Native;

namespace Passthrough.Benchmarks;

/// <summary>
/// A dependent chase through a random cycle, measured by BenchmarkDotNet: the cross-check of <c>ptdiag bench run
/// memory.chase --set sizeBytes=67108864 pages=4k</c>, whose engine and permutation are its own.
/// </summary>
[Outliers(Perfolizer.Mathematics.OutlierDetection.OutlierMode.DontRemove)]
public unsafe class ChaseBenchmarks
{
    private const int LineBytes = 64;
    private const int LoadsPerCall = 1 << 20;
    private nint* _memory;
    private nint* _at;

    /// <summary>Bytes chased.</summary>
    [Params(64 << 20)]
    public int SizeBytes { get; set; }

    /// <summary>Links every line into one cycle in random order (Sattolo's algorithm, fixed seed).</summary>
    [GlobalSetup]
    public void Link()
    {
        // This thread is the measuring one. The last CPU: the first serves most of a kernel's own work.
        ThreadPin.To(LinuxSystemCalls.Instance, Environment.ProcessorCount - 1);
        int lines = SizeBytes / LineBytes;
        int[] order = [.. Enumerable.Range(0, lines)];
        var random = new Random(1);
        for (int i = lines - 1; i > 0; i--)
        {
            int j = random.Next(i);
            (order[i], order[j]) = (order[j], order[i]);
        }

        // Freed in Unlink; every pointer stays inside this one block.
        _memory = (nint*)NativeMemory.AlignedAlloc((nuint)SizeBytes, 4096);
        for (int i = 0; i < lines; i++)
        {
            *(nint*)((byte*)_memory + ((long)i * LineBytes)) = (nint)((byte*)_memory + ((long)order[i] * LineBytes));
        }

        _at = _memory;
    }

    /// <summary>Frees the block.</summary>
    [GlobalCleanup]
    public void Unlink() => NativeMemory.AlignedFree(_memory);

    /// <summary>One dependent load.</summary>
    [Benchmark(OperationsPerInvoke = LoadsPerCall)]
    public nint Load()
    {
        nint* at = _at;
        for (int i = 0; i < LoadsPerCall; i++)
        {
            at = (nint*)*at;
        }

        _at = at;
        return (nint)at;
    }
}
