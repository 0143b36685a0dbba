using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Vfio;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Bench.Vfio;

public sealed class IommufdTests
{
    [Fact]
    public void A_device_is_opened_in_the_order_the_kernel_demands()
    {
        using var kernel = new FakeVfio(type1: false, iommufd: true);
        using (VfioDevice device = VfioDevice.Open(kernel.System, FakeVfio.Edu))
        {
            Assert.Equal("iommufd", device.Space.Backend);
            Assert.Equal([(0ul, 0xfedffffful), (0xfef00000ul, 0x7ffffffffful)], device.Space.Space.Ranges);
            device.EnableMemoryAndMaster();
        }

        Assert.Equal(
            [
                "open /dev/vfio/devices/vfio0", "open /dev/iommu",
                "ioctl 0x3B76 /dev/vfio/devices/vfio0", "ioctl 0x3B81 /dev/iommu", "ioctl 0x3B77 /dev/vfio/devices/vfio0",
                "ioctl 0x3B84 /dev/iommu", "ioctl 0x3B84 /dev/iommu",
                "ioctl 0x3B6C /dev/vfio/devices/vfio0", "pread /dev/vfio/devices/vfio0 0x70000000004", "pwrite /dev/vfio/devices/vfio0 0x70000000004 0600",
                "close /dev/vfio/devices/vfio0", "close /dev/iommu",
            ],
            kernel.System.Calls);
    }

    [Theory]
    [InlineData("open /dev/iommu", Errno.ENOENT, "CONFIG_IOMMUFD")]
    [InlineData("open /dev/iommu", Errno.EACCES, "run as root")]
    [InlineData("open /dev/vfio/devices/vfio0", Errno.ENOENT, "not bound to vfio-pci")]
    [InlineData("open /dev/vfio/devices/vfio0", Errno.EACCES, "run as root")]
    [InlineData("0x3B76", Errno.EPERM, "no interrupt remapping")]
    [InlineData("0x3B76", Errno.EBUSY, "in use through /dev/vfio/N")]
    [InlineData("0x3B76", Errno.EINVAL, "1:1 mapping")]
    [InlineData("0x3B76", Errno.ENOTTY, "Linux 6.6")]
    [InlineData("0x3B81", Errno.ENOMEM, "not enough memory")]
    [InlineData("0x3B77", Errno.EINVAL, "RMRR")]
    [InlineData("0x3B77", Errno.EADDRINUSE, "reserved region")]
    [InlineData("0x3B84", Errno.EFAULT, "bad address")]
    public void A_failed_step_says_what_its_errno_means_there(string step, int errno, string words)
    {
        using var kernel = new FakeVfio(type1: false, iommufd: true);
        kernel.Errors[step] = errno;

        var thrown = Assert.Throws<BenchException>(() => VfioDevice.Open(kernel.System, FakeVfio.Edu, VfioBackend.Iommufd));

        Assert.Contains(words, thrown.Message, StringComparison.Ordinal);
        Assert.Contains(Errno.Name(errno), thrown.Message, StringComparison.Ordinal);
        Assert.Equal(errno, thrown.ErrorNumber);
        Assert.NotNull(thrown.Call);
        Assert.NotNull(thrown.Path);
        Assert.Equal(0, kernel.System.OpenDescriptors);
    }

    [Theory]
    [InlineData(Errno.ENOMEM, "RLIMIT_MEMLOCK")]
    [InlineData(Errno.ENOSPC, "no IOVA range")]
    [InlineData(Errno.EEXIST, "overlaps")]
    [InlineData(Errno.EINVAL, "reserved regions")]
    [InlineData(Errno.EFAULT, "pinned")]
    [InlineData(Errno.EOVERFLOW, "end of the address space")]
    public void A_failed_mapping_says_which_limit_it_hit(int errno, string words)
    {
        using var kernel = new FakeVfio(type1: false, iommufd: true);
        kernel.Fail(IommufdRequests.Map, errno);
        using DmaSpace space = DmaSpace.Open(kernel.System, FakeVfio.Edu, VfioBackend.Iommufd);

        int result = space.Map(0x1000, 0x200000, 0x1000);

        Assert.Equal(-errno, result);
        Assert.Contains(words, space.MapFailure(result).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mapping_is_fixed_readable_and_writable_and_unmapping_reports_its_bytes()
    {
        using var kernel = new FakeVfio(type1: false, iommufd: true);
        using DmaSpace space = DmaSpace.Open(kernel.System, FakeVfio.Edu, VfioBackend.Auto);

        Assert.Equal(0, space.Map(0x7000, 0x200000, 0x4000));
        Assert.Equal((7u, 40u, 0x7000ul, 0x200000ul, 0x4000ul), (kernel.LastIommufdMap.Flags, kernel.LastIommufdMap.Size,
            kernel.LastIommufdMap.Address, kernel.LastIommufdMap.Iova, kernel.LastIommufdMap.Bytes));
        Assert.Equal(0x4000, space.Unmap(0x200000, 0x4000));
        Assert.Equal(-Errno.ENOENT, (int)space.Unmap(0x200000, 0x4000));
        Assert.Contains("no mapping lies wholly", space.UnmapFailure(-Errno.ENOENT, 0x4000).Message, StringComparison.Ordinal);
        Assert.Contains("unmapped 1 of 2 bytes", space.UnmapFailure(1, 2).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Huge_pages_can_be_switched_off_before_anything_is_mapped()
    {
        using var kernel = new FakeVfio(type1: false, iommufd: true);
        using DmaSpace space = DmaSpace.Open(kernel.System, FakeVfio.Edu, VfioBackend.Auto);

        Assert.True(space.TryForceSmallPages());
        Assert.Equal(0ul, kernel.HugePages);
        space.Map(0x7000, 0x200000, 0x4000);
        Assert.Contains("before anything is mapped", Assert.Throws<BenchException>(() => space.TryForceSmallPages()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_space_whose_device_was_never_taken_detaches_and_closes_it()
    {
        using var kernel = new FakeVfio(type1: false, iommufd: true);
        DmaSpace.Open(kernel.System, FakeVfio.Edu, VfioBackend.Auto).Dispose();

        Assert.Equal(["ioctl 0x3B78 /dev/vfio/devices/vfio0", "close /dev/vfio/devices/vfio0", "close /dev/iommu"], kernel.System.Calls[^3..]);
    }

    [Fact]
    public void Ranges_that_become_more_while_they_are_asked_for_are_asked_again_and_not_for_ever()
    {
        using var kernel = new FakeVfio(type1: false, iommufd: true) { GrowingRanges = 1 };
        using (DmaSpace space = DmaSpace.Open(kernel.System, FakeVfio.Edu, VfioBackend.Auto))
        {
            Assert.Equal(2, space.Space.Ranges.Count);
        }

        kernel.Errors["0x3B84"] = Errno.EMSGSIZE;
        Assert.Contains("EMSGSIZE", Assert.Throws<BenchException>(() => DmaSpace.Open(kernel.System, FakeVfio.Edu, VfioBackend.Auto)).Message, StringComparison.Ordinal);
        Assert.Equal(0, kernel.System.OpenDescriptors);
    }

    [Theory]
    [InlineData(true, false, "type1")]
    [InlineData(true, true, "type1")]
    [InlineData(false, true, "iommufd")]
    public void Auto_takes_type1_where_its_nodes_are_there_and_else_iommufd(bool type1, bool iommufd, string expected)
    {
        using var kernel = new FakeVfio(type1, iommufd);
        using DmaSpace space = DmaSpace.Open(kernel.System, FakeVfio.Edu, VfioBackend.Auto);

        Assert.Equal(expected, space.Backend);
        Assert.Equal(expected == "iommufd", kernel.System.Calls.Contains("open /dev/iommu"));
    }

    [Fact]
    public void A_group_without_its_node_goes_to_iommufd_and_without_that_is_a_sentence()
    {
        using var kernel = new FakeVfio(type1: true, iommufd: true);
        kernel.System.Folders["/dev/vfio"] = ["vfio"];
        DmaSpace.Open(kernel.System, FakeVfio.Edu, VfioBackend.Auto).Dispose();
        Assert.Contains("open /dev/iommu", kernel.System.Calls);

        using var neither = new FakeVfio(type1: false);
        string message = Assert.Throws<BenchException>(() => DmaSpace.Open(neither.System, FakeVfio.Edu, VfioBackend.Auto)).Message;
        Assert.Contains("/dev/vfio/7", message, StringComparison.Ordinal);
        Assert.Contains("/dev/iommu", message, StringComparison.Ordinal);
        Assert.Empty(neither.System.Calls);
    }

    [Fact]
    public void A_function_without_a_node_of_its_own_is_told_so()
    {
        using var kernel = new FakeVfio();

        Assert.Contains("CONFIG_VFIO_DEVICE_CDEV",
            Assert.Throws<BenchException>(() => DmaSpace.Open(kernel.System, new PciAddress(0, 0, 5, 0), VfioBackend.Iommufd)).Message, StringComparison.Ordinal);
    }
}
