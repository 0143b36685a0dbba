using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Workloads;
using Passthrough.Bench.Workloads.Storage;
using Passthrough.Host.Pci;
using Passthrough.Results;
using Passthrough.Tests.Bench.Engine;
using Passthrough.Tests.Bench.Native;
using Passthrough.Tests.Bench.Uring;
using Xunit;

namespace Passthrough.Tests.Bench.Workloads.Storage;

[Collection(Measuring.Name)]
public sealed class NvmeTests
{
    private static readonly PciAddress _function = new(0, 0, 6, 0);

    [Theory]
    [InlineData("first")]
    [InlineData("/dev/nvme0n1")]
    [InlineData("0000:00:06.0")]
    public void A_namespace_is_found_by_path_by_function_or_first(string wanted)
    {
        using FakeSystemCalls kernel = Kernel();

        NvmeNamespace found = NvmeNamespace.Find(kernel, wanted);

        Assert.Equal(new NvmeNamespace("/dev/nvme0n1", "nvme0", _function, 2048 * 512, 4096), found);
    }

    [Fact]
    public void A_multipath_namespace_is_opened_by_its_head_and_counted_by_its_controller()
    {
        using FakeSystemCalls kernel = Kernel();
        kernel.Folders["/sys/class/nvme/nvme0"] = ["address", "nvme3c0n1", "uevent"];
        kernel.Files["/sys/class/block/nvme3n1/size"] = "8\n";

        NvmeNamespace found = NvmeNamespace.Find(kernel, "first");

        Assert.Equal(("/dev/nvme3n1", "nvme0"), (found.Path, found.Controller));
    }

    [Theory]
    [InlineData("first", "there is no NVMe namespace")]
    [InlineData("/dev/sda", "neither an NVMe block device")]
    [InlineData("0000:00:07.0", "neither an NVMe block device")]
    public void What_is_no_namespace_is_a_sentence(string wanted, string words)
    {
        using var kernel = new FakeSystemCalls();

        Assert.Contains(words, Assert.Throws<BenchException>(() => NvmeNamespace.Find(kernel, wanted)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DMA", 1, 0)]
    [InlineData("DMA-FQ", 1, 1)]
    [InlineData("identity", 0, 0)]
    [InlineData(null, null, null)]
    public void The_witness_tells_the_dma_domain_and_is_silent_where_it_cannot(string? type, int? translated, int? lazy)
    {
        using FakeRing ring = Ring();
        if (type is not null)
        {
            ring.System.Files["/sys/kernel/iommu_groups/4/type"] = type + "\n";
        }

        IReadOnlyDictionary<string, double> witness = RunOnce(ring, out _);

        Assert.Equal(translated, witness.TryGetValue("domainTranslated", out double t) ? (int)t : null);
        Assert.Equal(lazy, witness.TryGetValue("domainLazy", out double l) ? (int)l : null);
    }

    [Fact]
    public void Without_a_group_nothing_translates()
    {
        using FakeRing ring = Ring();
        ring.System.Links.Remove("/sys/bus/pci/devices/0000:00:06.0/iommu_group");

        Assert.Equal(0, RunOnce(ring, out _)["domainTranslated"]);
    }

    [Fact]
    public void Reads_stay_inside_the_namespace_and_on_block_boundaries()
    {
        using FakeRing ring = Ring();

        IReadOnlyDictionary<string, double> witness = RunOnce(ring, out Stage stage);

        Assert.Equal(200, stage.Operations);
        Assert.Equal(200 * 4096, stage.Bytes);
        long[] places = [.. ring.Submissions.Select(entry => BitConverter.ToInt64(entry, 8))];
        Assert.All(places, place => Assert.True(place is >= 0 and <= (2048 * 512) - 4096 && place % 4096 == 0));
        Assert.True(places.Distinct().Count() > 100);
        Assert.All(ring.Submissions, entry => Assert.Equal(4, entry[0]));
        // Everything that was submitted was reaped: 200 that count and those in flight when the stage ended.
        Assert.Equal(ring.Submissions.Count, witness["completions"]);
        Assert.InRange(ring.Submissions.Count, 200, 204);
    }

    [Fact]
    public void A_sequential_pattern_wraps_at_the_end()
    {
        using FakeRing ring = Ring();

        RunOnce(ring, out _, new() { ["pattern"] = "sequential", ["depth"] = "1", ["blockSize"] = "65536" });

        long[] places = [.. ring.Submissions.Take(17).Select(entry => BitConverter.ToInt64(entry, 8) / 65536)];
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0], places);
    }

    [Fact]
    public void A_failed_read_ends_the_run_with_its_errno()
    {
        using FakeRing ring = Ring();
        ring.Answer = _ => -Errno.EIO;

        var thrown = Assert.Throws<BenchException>(() => RunOnce(ring, out _));

        Assert.Contains("direct read on /dev/nvme0n1 failed with EIO", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_block_below_the_devices_own_is_refused()
    {
        using FakeRing ring = Ring();

        var thrown = Assert.Throws<BenchException>(() => RunOnce(ring, out _, new() { ["blockSize"] = "512" }));

        Assert.Contains("a multiple of the logical block of /dev/nvme0n1, 4096 bytes", thrown.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Reads_of_a_real_file_are_measured_here()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, new byte[1 << 20]);
            int probe = LinuxSystemCalls.Instance.Open(path, LinuxFlags.ReadOnly | LinuxFlags.Direct);
            Skip.If(probe == -Errno.EINVAL, "the file system of the temporary folder takes no direct reads");
            _ = LinuxSystemCalls.Instance.Close(probe);
            BlockRingTests.CreateOrSkip(LinuxSystemCalls.Instance).Dispose();
            WorkloadInfo info = WorkloadCatalog.Find("dma.nvme.read")!;
            WorkloadInfo onFile = info with
            {
                Create = (given, _) => Reading(LinuxSystemCalls.Instance, new ParameterSet(info.Name, info.Parameters, given),
                    _ => new NvmeNamespace(path, "nvme99", null, 1 << 20, 512)),
            };

            WorkloadRun run = Measuring.Undisturbed(onFile, new() { ["depth"] = "4" }, new RunOptions
            {
                WarmUp = TimeSpan.FromMilliseconds(20),
                Measure = TimeSpan.FromMilliseconds(100),
            });

            Assert.Null(run.Rejected);
            Assert.True(run.Value > 0);
            Assert.Equal(path, run.Parameters["device"]);
            Assert.InRange(run.Witness["completions"], run.Samples, run.Samples + 4);
            Assert.DoesNotContain("queueInterrupts", run.Witness.Keys);
            Assert.DoesNotContain("domainTranslated", run.Witness.Keys);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static BlockWorkload Reading(ISystemCalls system, ParameterSet parameters, Func<ISystemCalls, NvmeNamespace> find) =>
        new(system, parameters, BlockPlan.OfNvmeRead(parameters), Diagnosis.Models.Blank, () => BlockTarget.Of(system, find(system)));

    private static FakeSystemCalls Kernel()
    {
        var kernel = new FakeSystemCalls();
        Fill(kernel);
        return kernel;
    }

    private static FakeRing Ring()
    {
        var ring = new FakeRing(4);
        Fill(ring.System);
        ring.System.OnOpen = path => path == "/dev/nvme0n1" ? 0 : -Errno.ENOENT;
        Func<nint, int, nint> map = ring.System.OnMap!;
        // The read buffer is anonymous memory; the ring's queues are mapped from its descriptor.
        ring.System.OnMap = (bytes, flags) => (flags & 0x20) == 0 ? map(bytes, flags) : 1 << 30;
        return ring;
    }

    private static void Fill(FakeSystemCalls kernel)
    {
        kernel.Folders["/sys/class/nvme"] = ["nvme0"];
        kernel.Folders["/sys/class/nvme/nvme0"] = ["address", "hwmon0", "nvme0n1", "uevent"];
        kernel.Links["/sys/class/nvme/nvme0/device"] = "../../../0000:00:06.0";
        kernel.Links["/sys/bus/pci/devices/0000:00:06.0/iommu_group"] = "../../../kernel/iommu_groups/4";
        kernel.Files["/sys/class/block/nvme0n1/size"] = "2048\n";
        kernel.Files["/sys/class/block/nvme0n1/queue/logical_block_size"] = "4096\n";
    }

    private static IReadOnlyDictionary<string, double> RunOnce(FakeRing ring, out Stage stage, Dictionary<string, string>? given = null)
    {
        WorkloadInfo info = WorkloadCatalog.Find("dma.nvme.read")!;
        given = new(given ?? []);
        given.TryAdd("depth", "4");
        using BlockWorkload workload = Reading(ring.System, new ParameterSet(info.Name, info.Parameters, given),
            system => NvmeNamespace.Find(system, "first"));
        workload.Prepare();
        workload.MarkWitness();
        stage = new Stage(TimeSpan.FromMinutes(1), 200);
        workload.Execute(stage);
        return workload.Witness();
    }
}
