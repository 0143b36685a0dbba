using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Vfio;
using Passthrough.Bench.Workloads;
using Passthrough.Bench.Workloads.Dma;
using Passthrough.Bench.Workloads.Interrupts;
using Passthrough.Bench.Workloads.Memory;
using Passthrough.Tests.Bench.Vfio;
using Xunit;

namespace Passthrough.Tests.Bench.Workloads.Dma;

public sealed class VfioWorkloadTests
{
    private const string Interrupts = "  CPU0 CPU1\n 29: 5 10 IR-PCI-MSI-0000:00:05.0 0-edge vfio-msi[0](0000:00:05.0)\n";

    [Theory]
    [InlineData("map")]
    [InlineData("unmap")]
    public void Each_operation_maps_and_unmaps_the_whole_block_at_a_2_MiB_boundary(string operation)
    {
        using var kernel = new FakeVfio();
        using VfioMapWorkload workload = Map(kernel, ("operation", operation), ("sizeBytes", "4194304"));
        workload.Prepare();
        workload.Execute(new Stage(TimeSpan.FromMinutes(1), 3));
        workload.MarkWitness();
        var stage = new Stage(TimeSpan.FromMinutes(1), 5);

        workload.Execute(stage);

        Assert.Equal((5L, 5L * 4194304, 0), (stage.Operations, stage.Bytes, kernel.ActiveMappings));
        Assert.Equal(5 * 4194304, workload.Witness()["mappedBytes"]);
        Assert.Equal((0ul, 4194304ul), (kernel.LastMap.Iova % (2 << 20), kernel.LastMap.Bytes));
        // The device is never opened: opening would reset it.
        Assert.DoesNotContain(kernel.System.Calls, call => call.Contains("0x3B6A", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, "auto", 2L << 20, 0)]
    [InlineData(true, "4k", 4096L, 0)]
    [InlineData(false, "auto", 2L << 20, 0)]
    [InlineData(false, "4k", 2L << 20, 1)]
    public void Small_IOMMU_pages_are_had_by_the_option_where_there_is_one_and_else_by_the_IOVA(bool type1, string iommuPages, long alignment, int off)
    {
        using var kernel = new FakeVfio(type1, iommufd: !type1);
        using VfioMapWorkload workload = Map(kernel, ("iommuPages", iommuPages), ("sizeBytes", "2097152"));
        workload.Prepare();
        workload.MarkWitness();
        workload.Execute(new Stage(TimeSpan.FromMinutes(1), 3));

        IReadOnlyDictionary<string, double> witness = workload.Witness();
        Assert.Equal((alignment, off, 3 * 2097152), (Math.Min((long)witness["iovaAlignmentBytes"], 2L << 20), (int)witness["iommuHugePagesOff"], (int)witness["mappedBytes"]));
        Assert.Equal((off == 1 ? 0ul : 1ul, 0), (kernel.HugePages, kernel.ActiveMappings));
        Assert.Equal((type1 ? "type1" : "iommufd", iommuPages), (workload.Parameters["backend"], workload.Parameters["iommuPages"]));
    }

    [Fact]
    public void A_mapping_in_pages_of_1_GiB_is_a_multiple_of_them()
    {
        using var kernel = new FakeVfio();

        Assert.Contains("a whole number from 1073741824", Assert.Throws<BenchException>(() => Map(kernel, ("pages", "1g"))).Message, StringComparison.Ordinal);
        Map(kernel, ("pages", "1g"), ("sizeBytes", "2147483648")).Dispose();
        Map(kernel, ("pages", "thp")).Dispose();
    }

    [Fact]
    public void A_function_of_the_host_is_refused_before_anything_is_opened()
    {
        using var kernel = new FakeVfio();
        kernel.System.Links["/sys/bus/pci/devices/0000:00:05.0/driver"] = "../../bus/pci/drivers/e1000e";
        using VfioMapWorkload workload = Map(kernel);

        Assert.Contains("served by the driver e1000e", Assert.Throws<BenchException>(workload.Prepare).Message, StringComparison.Ordinal);
        Assert.Empty(kernel.System.Calls);
    }

    [Fact]
    public void An_unmap_that_says_less_than_was_mapped_is_an_error()
    {
        using var kernel = new FakeVfio { UnmapShortfall = 4096 };
        using VfioMapWorkload workload = Map(kernel, ("sizeBytes", "2097152"));
        workload.Prepare();

        var thrown = Assert.Throws<BenchException>(() => workload.Execute(new Stage(TimeSpan.FromMinutes(1), 1)));

        Assert.Contains("unmapped 2093056 of 2097152 bytes", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_that_smaps_shows_in_huge_pages_is_not_measured_as_small()
    {
        using var kernel = new FakeVfio();
        MemoryRegion region = MemoryRegion.Allocate(kernel.System, 2 << 20, PageKind.Base4K, null);
        kernel.System.Files["/proc/self/smaps"] = $"{region.Address:x}-{region.Address + (2 << 20):x} rw-p 0 00:00 0\nAnonHugePages: 2048 kB\n";

        Assert.Contains("pages of 4 KiB were asked for", Assert.Throws<BenchException>(() => PageCheck.Verify(region)).Message, StringComparison.Ordinal);
        region.Dispose();
    }

    [Fact]
    public void Everything_is_closed_when_the_mapping_is_refused()
    {
        using var kernel = new FakeVfio();
        kernel.Fail(VfioRequests.MapDma, Errno.ENOMEM);
        VfioMapWorkload workload = Map(kernel, ("sizeBytes", "2097152"));
        workload.Prepare();

        Assert.Throws<BenchException>(() => workload.Execute(new Stage(TimeSpan.FromMinutes(1), 1)));
        workload.Dispose();

        Assert.Equal((0, 0), (kernel.System.OpenDescriptors, kernel.System.Mappings));
    }

    [Theory]
    [InlineData("block")]
    [InlineData("spin")]
    public void An_interrupt_is_one_sample_and_merged_ones_are_none(string wait)
    {
        using FakeVfio kernel = Edu();
        int reads = 0;
        // Every third read answers two interrupts at once; a spinning read finds nothing first.
        kernel.System.OnRead = buffer =>
        {
            reads++;
            if (wait == "spin" && reads % 2 == 0)
            {
                return -Errno.EAGAIN;
            }

            buffer[0] = (byte)(reads % 3 == 0 ? 2 : 1);
            return 8;
        };
        using EduInterruptWorkload workload = Interrupt(kernel, ("wait", wait), ("threadCpu", "1"));
        workload.Prepare();
        workload.MarkWitness();
        kernel.System.Files["/proc/interrupts"] = "  CPU0 CPU1\n 29: 8 19 IR-PCI-MSI-0000:00:05.0 0-edge vfio-msi[0](0000:00:05.0)\n";
        var stage = new Stage(TimeSpan.FromMinutes(1), 10);

        workload.Execute(stage);

        IReadOnlyDictionary<string, double> witness = workload.Witness();
        Assert.Equal("29", workload.Interrupt);
        Assert.Equal(10, stage.Operations);
        Assert.True(witness["merged"] > 0);
        Assert.Equal((12.0, 0.75), (witness["interrupts"], witness["onThreadCpu"]));
        // The workload itself pins nothing: that is the engine's.
        Assert.DoesNotContain(kernel.System.Calls, call => call.StartsWith("pin", StringComparison.Ordinal));
    }

    [Fact]
    public void A_silent_device_frees_the_reader_with_a_sentence()
    {
        using FakeVfio kernel = Edu();
        kernel.System.OnRead = buffer =>
        {
            BitConverter.TryWriteBytes(buffer, StuckReadGuard.Freed);
            return 8;
        };
        using EduInterruptWorkload workload = Interrupt(kernel);

        Assert.Contains("raised no interrupt", Assert.Throws<BenchException>(workload.Prepare).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_guard_wakes_a_real_blocked_read()
    {
        LinuxSystemCalls system = LinuxSystemCalls.Instance;
        using var descriptor = new Descriptor(system, system.EventDescriptor(0), "eventfd");
        using var guard = new StuckReadGuard(system, descriptor.Number) { Waiting = true };
        byte[] value = new byte[8];

        Assert.Equal(8, (int)system.Read(descriptor.Number, value));
        Assert.True(BitConverter.ToUInt64(value) >= StuckReadGuard.Freed);
    }

    [Fact]
    public void A_device_of_another_kind_is_refused()
    {
        using var kernel = new FakeVfio();
        using EduInterruptWorkload workload = Interrupt(kernel);

        Assert.Contains("is no edu device", Assert.Throws<BenchException>(workload.Prepare).Message, StringComparison.Ordinal);
    }

    private static FakeVfio Edu()
    {
        var kernel = new FakeVfio();
        kernel.System.Files["/proc/interrupts"] = Interrupts;
        // The identification register stands at the BAR's beginning.
        kernel.System.OnMap = (bytes, _) =>
        {
            nint memory = System.Runtime.InteropServices.Marshal.AllocHGlobal(bytes);
            System.Runtime.InteropServices.Marshal.WriteInt32(memory, 0x010000ed);
            return memory;
        };
        return kernel;
    }

    private static VfioMapWorkload Map(FakeVfio kernel, params (string Name, string Value)[] given) =>
        new(kernel.System, Set("vfio.dma.map", given), FakeVfio.Edu);

    private static EduInterruptWorkload Interrupt(FakeVfio kernel, params (string Name, string Value)[] given) =>
        new(kernel.System, Set("irq.edu.msi", given), FakeVfio.Edu);

    private static ParameterSet Set(string name, (string Name, string Value)[] given) =>
        new(name, WorkloadCatalog.Find(name)!.Parameters, given.ToDictionary(pair => pair.Name, pair => pair.Value));
}
