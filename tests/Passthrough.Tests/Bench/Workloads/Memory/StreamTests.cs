using System.Globalization;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Workloads;
using Passthrough.Bench.Workloads.Memory;
using Passthrough.Results;
using Passthrough.Tests.Bench.Engine;
using Passthrough.Tests.Bench.Native;
using Xunit;

namespace Passthrough.Tests.Bench.Workloads.Memory;

[Collection(Measuring.Name)]
public sealed class StreamTests
{
    private static readonly RunOptions _short = new() { WarmUp = TimeSpan.FromMilliseconds(2), Measure = TimeSpan.FromMilliseconds(40) };

    [SkippableTheory]
    [InlineData(512)]
    [InlineData(256)]
    [InlineData(128)]
    [InlineData(0)]
    public void Every_width_computes_the_triad_in_every_element(int bits)
    {
        Skip.If(bits > TriadKernel.WidestBits, "this processor has no streaming stores of this width");
        using TriadPart part = TriadPart.Make(LinuxSystemCalls.Instance, 2 << 20, PageKind.Base4K, null, bits);
        Assert.Equal(0, part.FirstWrong());

        part.Pass();

        Assert.Null(part.FirstWrong());
        part.Spoil();
        Assert.Equal(0, part.FirstWrong());
    }

    [SkippableTheory]
    [InlineData("0")]
    [InlineData("0-1")]
    public void A_triad_really_measures_here_on_every_cpu_that_is_named(string cpus)
    {
        Skip.If(Environment.ProcessorCount < 2 && cpus != "0", "one CPU only");
        WorkloadRun run = Measuring.Undisturbed(WorkloadCatalog.Find("memory.stream")!,
            new() { ["cpus"] = cpus, ["sizeBytes"] = "8388608" }, _short);

        Assert.Null(run.Rejected);
        Assert.Equal(8388608 / 8, run.Witness["verifiedElements"]);
        Assert.Equal(0, run.Witness["hugePageBytes"]);
        Assert.InRange(run.Value!.Value, 1e7, 1e13);
        // The value is the bytes of all passes, three arrays each, over the time they took.
        Assert.InRange(run.Value.Value * 0.04, 3.0 * 8388608 * (run.Samples - 1) * 0.5, 3.0 * 8388608 * (run.Samples + 1) * 1.1);
        Assert.NotEqual("auto", run.Parameters["vectorBits"]);
    }

    [Fact]
    public void The_default_size_is_four_times_the_caches_in_use_in_whole_pages_for_every_thread()
    {
        using var kernel = new FakeSystemCalls();
        foreach (int cpu in new[] { 0, 1, 2 })
        {
            string folder = $"/sys/devices/system/cpu/cpu{cpu}/cache";
            kernel.Folders[folder] = ["index0"];
            kernel.Files[folder + "/index0/level"] = "3\n";
            kernel.Files[folder + "/index0/size"] = "32768K\n";
            kernel.Files[folder + "/index0/shared_cpu_list"] = "0-7\n";
        }

        Assert.Equal((128L << 20) + (4L << 20), Size(kernel, ("cpus", "0-2")));
        Assert.Equal(128L << 20, Size(kernel, ("cpus", "any")));
        Assert.Equal(1L << 30, Size(kernel, ("cpus", "0"), ("pages", "1g")));
    }

    [Fact]
    public void Where_no_cache_is_shown_the_size_is_fixed()
    {
        using var kernel = new FakeSystemCalls();
        Assert.Equal(256L << 20, Size(kernel, ("cpus", "0")));
    }

    [Theory]
    [InlineData("cpus", "0-", "a list such as 0-3,8")]
    [InlineData("cpus", "", "a list such as 0-3,8")]
    [InlineData("sizeBytes", "1000", "a whole number from 2097152")]
    [InlineData("vectorBits", "64", "one of auto, 512, 256, 128, plain")]
    [InlineData("pages", "8k", "one of 4k, thp, 2m, 1g")]
    public void A_wrong_parameter_is_a_sentence(string name, string value, string words)
    {
        var thrown = Assert.Throws<BenchException>(() =>
            WorkloadCatalog.Find("memory.stream")!.Create(new Dictionary<string, string> { [name] = value }, Diagnosis.Models.Blank));

        Assert.Contains(words, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_cpu_that_does_not_exist_is_a_sentence()
    {
        var thrown = Assert.Throws<BenchException>(() => Measuring.Undisturbed(WorkloadCatalog.Find("memory.stream")!,
            new() { ["cpus"] = "0,9999", ["sizeBytes"] = "4194304" }, _short));

        Assert.Contains("CPU 9999 failed with EINVAL", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_that_a_thread_cannot_get_is_given_back_by_all()
    {
        using var kernel = new FakeSystemCalls { OnAdvise = advice => advice == LinuxFlags.AdvisePopulateWrite ? -Errno.ENOMEM : 0 };
        using var workload = new MemoryStreamWorkload(kernel, Parameters(("cpus", "0-1"), ("sizeBytes", "4194304")));

        Assert.Throws<BenchException>(workload.Prepare);

        Assert.Equal(0, kernel.Mappings);
    }

    [Fact]
    public void A_value_that_is_wrong_is_said_and_no_bandwidth_is_told()
    {
        // A workload that made no pass since its results were spoilt has computed nothing right.
        using var workload = new MemoryStreamWorkload(LinuxSystemCalls.Instance, Parameters(("sizeBytes", "2097152")));
        workload.Prepare();
        workload.MarkWitness();
        var thrown = Assert.Throws<BenchException>(() => workload.Witness());
        Assert.Contains("wrong value at element 0", thrown.Message, StringComparison.Ordinal);
    }

    private static long Size(FakeSystemCalls kernel, params (string Name, string Value)[] given)
    {
        using var workload = new MemoryStreamWorkload(kernel, Parameters(given));
        return long.Parse(workload.Parameters["sizeBytes"], CultureInfo.InvariantCulture);
    }

    private static ParameterSet Parameters(params (string Name, string Value)[] given) =>
        new("memory.stream", WorkloadCatalog.Find("memory.stream")!.Parameters, given.ToDictionary(item => item.Name, item => item.Value));
}
