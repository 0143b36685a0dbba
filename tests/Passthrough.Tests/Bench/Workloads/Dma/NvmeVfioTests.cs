using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads;
using Passthrough.Bench.Workloads.Dma;
using Passthrough.Tests.Bench.Nvme;
using Passthrough.Tests.Bench.Vfio;
using Xunit;

namespace Passthrough.Tests.Bench.Workloads.Dma;

public sealed class NvmeVfioTests
{
    private const string Interrupts = "  CPU0 CPU1\n 31: 5 10 IR-PCI-MSIX-0000:00:05.0 1-edge vfio-msix[1](0000:00:05.0)\n";

    [Theory]
    [InlineData("poll", "512", "1")]
    [InlineData("poll", "4096", "4")]
    [InlineData("poll", "8192", "8")]
    [InlineData("poll", "65536", "3")]
    [InlineData("block", "4096", "1")]
    [InlineData("spin", "4096", "2")]
    public void Reads_are_whole_blocks_inside_the_namespace_and_nothing_else_is_issued(string wait, string blockSize, string batch)
    {
        using var device = new FakeNvme { EventSpins = wait == "spin" };
        int bytes = int.Parse(blockSize, System.Globalization.CultureInfo.InvariantCulture);
        IReadOnlyDictionary<string, double> witness = Run(device, 60, out Stage stage, ("wait", wait), ("blockSize", blockSize), ("batch", batch), ("depth", "8"));

        Assert.Equal((60L, 60L * bytes), (stage.Operations, stage.Bytes));
        Assert.All(device.IoOpcodes, opcode => Assert.Equal(2, opcode));
        Assert.All(device.Reads, read => Assert.True(read.Blocks == bytes / 512 && read.Block % (ulong)read.Blocks == 0 && read.Block + (ulong)read.Blocks <= 2048));
        Assert.True(device.Reads.Skip(8).Distinct().Count() > 8);
        Assert.Empty(device.Offences);
        Assert.True(device.WasShutDown);
        Assert.Equal(Checksum.Of(device.Image.AsSpan(0, bytes)), (uint)witness["firstReadChecksum"]);
        Assert.Equal(1, witness["emulatedController"]);
        Assert.Equal((0, 0), (device.Kernel.System.OpenDescriptors, device.Kernel.System.Mappings));
    }

    [Theory]
    [InlineData("1", 2.0, 1.0)]
    [InlineData("4", 0.6, 0.25)]
    [InlineData("16", 0.25, 0.07)]
    public void A_doorbell_is_rung_once_a_batch(string batch, double most, double submissions)
    {
        using var device = new FakeNvme();
        IReadOnlyDictionary<string, double> witness = Run(device, 320, out _, ("batch", batch), ("depth", "16"));

        Assert.InRange(witness["doorbellsPerCommand"], 0, most + 0.05);
        Assert.InRange(witness["submissionDoorbells"] / witness["completions"], 0, submissions + 0.001);
        Assert.True(witness["completionDoorbells"] >= 1);
    }

    [Fact]
    public void What_was_not_announced_when_the_stage_ended_is_never_read()
    {
        using var device = new FakeNvme();
        using NvmeVfioWorkload workload = Workload(device, ("batch", "5"), ("depth", "7"));
        workload.Prepare();
        int verified = device.Reads.Count;
        var stage = new Stage(TimeSpan.FromMinutes(1), 11);
        workload.Execute(stage);
        workload.MarkWitness();
        workload.Execute(new Stage(TimeSpan.FromMinutes(1), 11));

        Assert.Equal(0, (device.Reads.Count - verified) % 5);
        Assert.Equal(11, stage.Operations);
    }

    [Fact]
    public void Interrupts_are_counted_beside_completions_and_the_vector_can_be_found()
    {
        using var device = new FakeNvme();
        device.Kernel.System.Files["/proc/interrupts"] = Interrupts;
        using NvmeLatencyWorkload workload = new(device.Kernel.System, Set("dma.nvme.vfio.latency", ("wait", "block"), ("cpu", "1")), FakeVfio.Edu);
        workload.Prepare();
        Assert.Equal("31", workload.Interrupt);
        Assert.Equal(1, workload.Cpu);
        workload.MarkWitness();
        device.Kernel.System.Files["/proc/interrupts"] = Interrupts.Replace(" 5 10 ", " 7 26 ", StringComparison.Ordinal);
        var stage = new Stage(TimeSpan.FromMinutes(1), 18);
        workload.Execute(stage);
        IReadOnlyDictionary<string, double> witness = workload.Witness();

        Assert.Equal((18.0, 18.0, 16 / 18.0), (witness["completions"], witness["interrupts"], witness["onThreadCpu"]));
        Assert.Equal((2.0, 18L), (witness["doorbellsPerCommand"], stage.Samples));
        Assert.DoesNotContain(device.Kernel.System.Calls, call => call.StartsWith("pin", StringComparison.Ordinal));
    }

    [Fact]
    public void The_checksum_is_that_of_zlib()
    {
        // The check value of CRC-32/ISO-HDLC in every catalogue of such checksums.
        Assert.Equal(0xCBF43926, Checksum.Of("123456789"u8));
        Assert.Equal(0u, Checksum.Of([]));
    }

    [Fact]
    public void Data_that_does_not_arrive_is_not_measured()
    {
        using var device = new FakeNvme { LosesData = true };

        Fails(device, "its data did not arrive");
    }

    [Theory]
    [InlineData(4, 0x281, "a read on 0000:00:05.0 was answered with status 0x0281 (the medium could not be read)")]
    [InlineData(9, 0x4007, "aborted on request")]
    public void A_read_that_is_answered_with_an_error_ends_the_run(int after, int status, string words)
    {
        using var device = new FakeNvme { ReadStatus = (after, status) };

        Fails(device, words);
    }

    [Fact]
    public void A_device_that_goes_away_during_the_run_is_a_sentence()
    {
        using var device = new FakeNvme { GoneAfter = 9 };

        Fails(device, "reads as all ones: it was removed");
    }

    [Fact]
    public void A_controller_that_gives_up_during_the_run_is_a_sentence()
    {
        using var device = new FakeNvme { FatalAfter = 9 };

        Fails(device, "reports a fatal status");
    }

    [Fact]
    public void A_silent_interrupt_frees_the_reader_with_a_sentence()
    {
        using var device = new FakeNvme { SilentAfter = 0 };

        Fails(device, "no interrupt of a completion reached this process", ("wait", "block"));
    }

    [Theory]
    [InlineData("blockSize", "768", "a multiple of 512")]
    [InlineData("blockSize", "262144", "at most 131072, the largest transfer")]
    [InlineData("batch", "9", "a whole number from 1 to 8")]
    [InlineData("depth", "200", "takes 256 entries a queue at most", "batch", "100")]
    [InlineData("wait", "sleep", "one of poll, block, spin")]
    [InlineData("backend", "uio", "one of auto, type1, iommufd")]
    public void A_wrong_parameter_says_what_it_must_be(string name, string value, string words, string other = "depth", string otherValue = "8")
    {
        using var device = new FakeNvme();

        Fails(device, words, (other, otherValue), (name, value));
    }

    [Theory]
    [InlineData("nvme", "served by the driver nvme")]
    [InlineData(null, "bound to no driver")]
    public void A_device_that_the_host_uses_is_not_touched(string? driver, string words)
    {
        using var device = new FakeNvme();
        device.Kernel.System.Links.Remove("/sys/bus/pci/devices/0000:00:05.0/driver");
        if (driver is not null)
        {
            device.Kernel.System.Links["/sys/bus/pci/devices/0000:00:05.0/driver"] = "../../bus/pci/drivers/" + driver;
        }

        Fails(device, words);
        Assert.Empty(device.Kernel.System.Calls);
        Assert.Empty(device.AdminOpcodes);
    }

    [Fact]
    public void A_function_of_another_class_is_not_touched()
    {
        using var device = new FakeNvme();
        device.Kernel.System.Files["/sys/bus/pci/devices/0000:00:05.0/class"] = "0x020000\n";

        Fails(device, "0000:00:05.0 is no NVMe controller: its class is 0x020000");
        Assert.DoesNotContain(device.Kernel.System.Calls, call => call.StartsWith("open /dev", StringComparison.Ordinal));
    }

    [Fact]
    public void No_latency_lies_before_its_doorbell()
    {
        using var device = new FakeNvme();
        Run(device, 2000, out Stage stage, ("batch", "1"), ("depth", "16"));

        // A negative interval would be recorded as one nanosecond.
        Assert.True(stage.Latencies.GetValueAtPercentile(0) > 1);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("37")]
    public void Reach_sends_data_to_each_page_in_turn_at_small_IOMMU_pages(string pageCount)
    {
        using var device = new FakeNvme();
        int pages = int.Parse(pageCount, System.Globalization.CultureInfo.InvariantCulture);
        using IotlbReachWorkload workload = new(device.Kernel.System, Set("dma.iotlb.reach", ("pageCount", pageCount)), FakeVfio.Edu);
        workload.Prepare();
        workload.MarkWitness();
        var stage = new Stage(TimeSpan.FromMinutes(1), 2 * pages);
        workload.Execute(stage);
        IReadOnlyDictionary<string, double> witness = workload.Witness();

        Assert.Equal((2 * pages, (double)pages, 4096.0), (stage.Samples, witness["pagesInTurn"], witness["iovaAlignmentBytes"]));
        Assert.All(device.Reads, read => Assert.Equal((0ul, 8), read));
    }

    [Fact]
    public void The_order_of_pages_holds_each_once_and_is_repeated_by_its_seed()
    {
        int[] order = IotlbReachWorkload.Order(1000, 5);

        Assert.Equal(Enumerable.Range(0, 1000), order.Order());
        Assert.Equal(order, IotlbReachWorkload.Order(1000, 5));
        Assert.NotEqual(order, IotlbReachWorkload.Order(1000, 6));
        Assert.True(order.Select((page, i) => Math.Abs(page - i)).Average() > 200);
    }

    [Fact]
    public void Both_interfaces_of_the_kernel_read_the_same_data()
    {
        double[] checksums = [.. new[] { true, false }.Select(type1 =>
        {
            using var device = new FakeNvme(type1, !type1);
            using NvmeVfioWorkload workload = Workload(device, ("blockSize", "16384"));
            workload.Prepare();
            workload.MarkWitness();
            Assert.Equal(type1 ? "type1" : "iommufd", workload.Parameters["backend"]);
            return workload.Witness()["firstReadChecksum"];
        })];

        Assert.Equal(checksums[0], checksums[1]);
    }

    private static void Fails(FakeNvme device, string words, params (string Name, string Value)[] given)
    {
        NvmeVfioWorkload? workload = null;
        var thrown = Assert.Throws<BenchException>(() =>
        {
            workload = Workload(device, given);
            workload.Prepare();
            workload.Execute(new Stage(TimeSpan.FromMinutes(1), 1000));
        });
        workload?.Dispose();
        Assert.Contains(words, thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', thrown.Message);
        Assert.Equal((0, 0, 0), (device.Kernel.System.OpenDescriptors, device.Kernel.System.Mappings, device.Kernel.ActiveMappings));
    }

    private static IReadOnlyDictionary<string, double> Run(FakeNvme device, long operations, out Stage stage, params (string Name, string Value)[] given)
    {
        using NvmeVfioWorkload workload = Workload(device, given);
        workload.Prepare();
        workload.MarkWitness();
        stage = new Stage(TimeSpan.FromMinutes(1), operations);
        workload.Execute(stage);
        return workload.Witness();
    }

    private static NvmeVfioWorkload Workload(FakeNvme device, params (string Name, string Value)[] given) =>
        new(device.Kernel.System, Set("dma.nvme.vfio", [.. given.Any(pair => pair.Name == "depth") ? given : [("depth", "4"), .. given]]), FakeVfio.Edu);

    private static ParameterSet Set(string name, params (string Name, string Value)[] given)
    {
        var values = new Dictionary<string, string>();
        foreach ((string key, string value) in given)
        {
            values[key] = value;
        }

        return new ParameterSet(name, WorkloadCatalog.Find(name)!.Parameters, values);
    }
}
