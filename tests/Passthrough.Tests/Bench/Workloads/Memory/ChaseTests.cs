using System.Runtime.InteropServices;
using CsCheck;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads;
using Passthrough.Bench.Workloads.Memory;
using Passthrough.Results;
using Passthrough.Tests.Bench.Engine;
using Xunit;

namespace Passthrough.Tests.Bench.Workloads.Memory;

[Collection(Measuring.Name)]
public sealed class ChaseTests
{
    [Fact]
    public void The_chase_visits_every_line_once_and_returns() =>
        Gen.Select(Gen.Int[1, 600], Gen.ULong, Gen.Int[6, 8]).Sample(
            (pointers, seed, power) =>
            {
                int stride = 1 << power;
                nint memory = Marshal.AllocHGlobal(pointers * stride);
                try
                {
                    ChaseMemory.Fill(memory, pointers * stride, seed, stride);
                    var visited = new HashSet<nint>();
                    nint first = ChaseMemory.First(memory, stride);
                    nint at = first;
                    do
                    {
                        Assert.True(visited.Add((at - memory) / stride));
                        Assert.Equal(0, (at - memory) % ChaseMemory.LineBytes);
                        at = Marshal.ReadIntPtr(at);
                    }
                    while (at != first);
                    Assert.Equal(pointers, visited.Count);
                    Assert.Equal(first, ChaseMemory.Follow(first, pointers * 8));
                }
                finally
                {
                    Marshal.FreeHGlobal(memory);
                }
            },
            iter: 200);

    [Fact]
    public void The_cycle_is_not_sequential_and_depends_on_the_seed()
    {
        Assert.NotEqual(Steps(1), Steps(2));
        Assert.Equal(Steps(1), Steps(1));
        // A random successor is the next line once in 4096 times.
        Assert.InRange(Steps(1).Count(step => step == ChaseMemory.LineBytes), 0, 20);
    }

    [Theory]
    [InlineData(128)]
    [InlineData(256)]
    public void Pointers_of_longer_stretches_use_every_line_of_a_stretch_alike(int stride)
    {
        const int Pointers = 4096;
        nint memory = Marshal.AllocHGlobal(Pointers * stride);
        try
        {
            ChaseMemory.Fill(memory, Pointers * stride, 1, stride);
            int[] used = new int[stride / ChaseMemory.LineBytes];
            nint at = ChaseMemory.First(memory, stride);
            for (int i = 0; i < Pointers; i++)
            {
                used[(at - memory) % stride / ChaseMemory.LineBytes]++;
                at = Marshal.ReadIntPtr(at);
            }

            Assert.All(used, count => Assert.InRange(count, Pointers / used.Length * 8 / 10, Pointers / used.Length * 12 / 10));
        }
        finally
        {
            Marshal.FreeHGlobal(memory);
        }
    }

    [Fact]
    public void A_chase_over_small_pages_really_measures_here()
    {
        WorkloadInfo info = WorkloadCatalog.Find("memory.chase")!;

        WorkloadRun run = Measuring.Undisturbed(info, new() { ["sizeBytes"] = "8388608", ["batch"] = "512" }, new RunOptions
        {
            WarmUp = TimeSpan.FromMilliseconds(10),
            Measure = TimeSpan.FromMilliseconds(50),
        });

        Assert.Null(run.Rejected);
        Assert.InRange(run.Value!.Value, 0.3, 10_000);
        Assert.Equal(0, run.Witness["hugePageBytes"]);
        Assert.Equal("512", run.Parameters["batch"]);
        Assert.Equal("nanoseconds", run.Unit);
        Assert.True(run.Samples > 10);
        Assert.Equal(run.Samples, Measuring.Decode(run.Histogram!).TotalCount);
    }

    [SkippableFact]
    public void A_chase_bound_to_the_node_of_its_cpu_has_all_pages_there()
    {
        Skip.IfNot(Directory.Exists("/sys/devices/system/node/node0"), "this kernel shows no NUMA node");
        WorkloadRun run = Measuring.Undisturbed(WorkloadCatalog.Find("memory.chase")!,
            new() { ["sizeBytes"] = "4194304", ["node"] = "0", ["cpu"] = "0" },
            new RunOptions { WarmUp = TimeSpan.FromMilliseconds(1), Measure = TimeSpan.FromMilliseconds(20) });

        Assert.Equal(1, run.Witness["pagesOnNode"]);
    }

    [Theory]
    [InlineData("pages", "16k", "one of 4k, thp, 2m, 1g")]
    [InlineData("line", "32", "one of 64, 128, 256")]
    [InlineData("sizeBytes", "1000", "a whole number from 2097152")]
    [InlineData("sizeBytes", "3000000", "a multiple of 2097152")]
    [InlineData("cpu", "-1", "a whole number from 0")]
    [InlineData("batch", "7", "a whole number from 8")]
    [InlineData("colour", "red", "takes no parameter \"colour\"")]
    public void A_wrong_parameter_is_a_sentence(string name, string value, string words)
    {
        var thrown = Assert.Throws<BenchException>(() =>
            WorkloadCatalog.Find("memory.chase")!.Create(new Dictionary<string, string> { [name] = value }, Diagnosis.Models.Blank));

        Assert.Contains(words, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gigantic_pages_take_whole_gibibytes()
    {
        var thrown = Assert.Throws<BenchException>(() => WorkloadCatalog.Find("memory.chase")!.Create(
            new Dictionary<string, string> { ["pages"] = "1g", ["sizeBytes"] = "268435456" }, Diagnosis.Models.Blank));

        Assert.Contains("a whole number from 1073741824", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cpu_that_does_not_exist_is_a_sentence()
    {
        var thrown = Assert.Throws<BenchException>(() => Measuring.Undisturbed(WorkloadCatalog.Find("memory.chase")!,
            new() { ["cpu"] = "9999" }, new RunOptions()));

        Assert.Contains("CPU 9999 failed with EINVAL", thrown.Message, StringComparison.Ordinal);
    }

    private static List<long> Steps(ulong seed)
    {
        const int Lines = 4096;
        nint memory = Marshal.AllocHGlobal(Lines * ChaseMemory.LineBytes);
        try
        {
            ChaseMemory.Fill(memory, Lines * ChaseMemory.LineBytes, seed);
            return [.. Enumerable.Range(0, Lines).Select(line => (long)(Marshal.ReadIntPtr(memory, line * 64) - (memory + (line * 64))))];
        }
        finally
        {
            Marshal.FreeHGlobal(memory);
        }
    }
}
