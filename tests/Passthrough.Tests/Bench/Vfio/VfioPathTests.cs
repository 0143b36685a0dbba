using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Vfio;
using Xunit;

namespace Passthrough.Tests.Bench.Vfio;

public sealed class VfioPathTests
{
    [Fact]
    public void A_device_is_opened_in_the_order_the_kernel_demands()
    {
        using var kernel = new FakeVfio();
        using (VfioDevice.Open(kernel.System, FakeVfio.Edu))
        {
        }

        Assert.Equal(
            [
                "open /dev/vfio/vfio", "ioctl 0x3B64 /dev/vfio/vfio", "ioctl 0x3B65 /dev/vfio/vfio",
                "open /dev/vfio/7", "ioctl 0x3B67 /dev/vfio/7", "ioctl 0x3B68 /dev/vfio/7",
                "ioctl 0x3B66 /dev/vfio/vfio", "ioctl 0x3B70 /dev/vfio/vfio", "ioctl 0x3B70 /dev/vfio/vfio",
                "ioctl 0x3B6A /dev/vfio/7", "close device", "close /dev/vfio/7", "close /dev/vfio/vfio",
            ],
            kernel.System.Calls);
    }

    [Theory]
    [InlineData("open /dev/vfio/vfio", Errno.ENOENT, "modprobe vfio-pci")]
    [InlineData("open /dev/vfio/vfio", Errno.EACCES, "run as root")]
    [InlineData("open /dev/vfio/7", Errno.ENOENT, "no function of this IOMMU group is bound to a VFIO driver")]
    [InlineData("open /dev/vfio/7", Errno.EBUSY, "another process")]
    [InlineData("0x3B68", Errno.EINVAL, "RMRR")]
    [InlineData("0x3B68", Errno.EBUSY, "host driver still owns DMA")]
    [InlineData("0x3B66", Errno.EPERM, "allow_unsafe_interrupts")]
    [InlineData("0x3B66", Errno.ENODEV, "vfio_iommu_type1 is not loaded")]
    [InlineData("0x3B6A", Errno.ENODEV, "not bound to a VFIO driver")]
    [InlineData("0x3B6A", Errno.EFAULT, "bad address")]
    public void A_failed_step_says_what_its_errno_means_there(string step, int errno, string words)
    {
        using var kernel = new FakeVfio();
        kernel.Errors[step] = errno;

        var thrown = Assert.Throws<BenchException>(() => VfioDevice.Open(kernel.System, FakeVfio.Edu));

        Assert.Contains(words, thrown.Message, StringComparison.Ordinal);
        Assert.Contains(Errno.Name(errno), thrown.Message, StringComparison.Ordinal);
        Assert.Equal(errno, thrown.ErrorNumber);
        Assert.NotNull(thrown.Call);
        Assert.NotNull(thrown.Path);
        Assert.EndsWith(".", thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', thrown.Message);
        Assert.Equal(0, kernel.System.OpenDescriptors);
    }

    [Fact]
    public void A_group_that_is_not_viable_is_refused_before_it_joins()
    {
        using var kernel = new FakeVfio { Viable = false };

        var thrown = Assert.Throws<BenchException>(() => VfioContainer.Open(kernel.System, FakeVfio.Edu));

        Assert.Contains("group 7 is not viable", thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(kernel.System.Calls, call => call.Contains("0x3B68", StringComparison.Ordinal));
        Assert.Equal(0, kernel.System.OpenDescriptors);
    }

    [Fact]
    public void A_function_without_a_group_is_told_apart_from_one_without_a_node()
    {
        using var kernel = new FakeVfio();
        kernel.System.Links.Clear();

        var thrown = Assert.Throws<BenchException>(() => VfioContainer.Open(kernel.System, FakeVfio.Edu));

        Assert.Contains("0000:00:05.0 has no IOMMU group", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Errno.ENOMEM, "RLIMIT_MEMLOCK")]
    [InlineData(Errno.ENOSPC, "dma_entry_limit")]
    [InlineData(Errno.EEXIST, "overlaps")]
    [InlineData(Errno.EINVAL, "reserved regions")]
    [InlineData(Errno.EFAULT, "pinned")]
    public void A_failed_mapping_says_which_limit_it_hit(int errno, string words)
    {
        using var kernel = new FakeVfio();
        kernel.Fail(VfioRequests.MapDma, errno);
        using VfioContainer container = VfioContainer.Open(kernel.System, FakeVfio.Edu);

        int result = container.Map(0x1000, 0x200000, 0x1000);

        Assert.Equal(-errno, result);
        Assert.Contains(words, container.MapFailure(result).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mapping_is_readable_and_writable_and_unmapping_reports_its_bytes()
    {
        using var kernel = new FakeVfio();
        using VfioContainer container = VfioContainer.Open(kernel.System, FakeVfio.Edu);

        Assert.Equal(0, container.Map(0x7000, 0x200000, 0x4000));
        Assert.Equal((3u, 32u, 0x7000ul, 0x200000ul, 0x4000ul),
            (kernel.LastMap.Flags, kernel.LastMap.Size, kernel.LastMap.Address, kernel.LastMap.Iova, kernel.LastMap.Bytes));
        Assert.Equal(0x4000, container.Unmap(0x200000, 0x4000));
        Assert.Equal(0, kernel.ActiveMappings);
        Assert.Equal(0x40201000ul, container.Space.PageSizes);
    }

    [Fact]
    public void A_bar_that_cannot_be_mapped_is_refused()
    {
        using var kernel = new FakeVfio { RegionFlags = 3 };
        using VfioDevice device = VfioDevice.Open(kernel.System, FakeVfio.Edu);

        Assert.Contains("does not offer it for mmap", Assert.Throws<BenchException>(() => device.MapBar(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Registers_outside_a_bar_or_across_words_are_refused()
    {
        using var kernel = new FakeVfio();
        using VfioDevice device = VfioDevice.Open(kernel.System, FakeVfio.Edu);
        MmioRegion registers = device.MapBar(0);

        registers.Write(0x60, 0x12345678);
        Assert.Equal(0x12345678u, registers.Read(0x60));
        Assert.Throws<ArgumentOutOfRangeException>(() => registers.Read(0x100000));
        Assert.Throws<ArgumentOutOfRangeException>(() => registers.Read(-4));
        Assert.Throws<ArgumentOutOfRangeException>(() => registers.Write(0x62, 0));
    }

    [Fact]
    public void Memory_and_bus_master_are_enabled_in_the_command_register()
    {
        using var kernel = new FakeVfio();
        using VfioDevice device = VfioDevice.Open(kernel.System, FakeVfio.Edu);

        device.EnableMemoryAndMaster();

        // Config space is region 7, whose offset the kernel gives as 7 << 40.
        Assert.Contains("pwrite device 0x70000000004 0600", kernel.System.Calls);
    }
}
