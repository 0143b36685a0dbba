using System.Runtime.InteropServices;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Xunit;

namespace Passthrough.Tests.Bench.Native;

public sealed class MemoryRegionTests
{
    [Fact]
    public void Small_pages_are_resident_writable_and_really_small()
    {
        using MemoryRegion region = MemoryRegion.Allocate(LinuxSystemCalls.Instance, 8 << 20, PageKind.Base4K, null);

        Marshal.WriteInt64(region.Address + (8 << 20) - 8, 42);
        Assert.Equal(0, region.Address % MemoryRegion.HugePageBytes);
        Assert.Equal(new RegionPages(8 << 20, 0, true), region.Pages());
    }

    [Fact]
    public void Transparent_huge_pages_are_reported_as_the_kernel_gave_them()
    {
        using MemoryRegion region = MemoryRegion.Allocate(LinuxSystemCalls.Instance, 8 << 20, PageKind.Transparent, null);

        RegionPages pages = region.Pages()!;
        Assert.True(pages.Alone);
        Assert.Equal(8 << 20, pages.ResidentBytes);
        Assert.InRange(pages.HugeBytes, 0, 8 << 20);
    }

    [Fact]
    public void A_pool_that_is_too_small_names_the_remedy_and_nothing_is_mapped()
    {
        using var kernel = new FakeSystemCalls();
        kernel.Files["/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"] = "3\n";

        var thrown = Assert.Throws<BenchException>(() => MemoryRegion.Allocate(kernel, 64 << 20, PageKind.Huge2M, null));

        Assert.Contains("32 huge pages of 2 MiB are needed", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(kernel.Calls, call => call.StartsWith("mmap", StringComparison.Ordinal));
    }

    [Fact]
    public void A_pool_of_gigantic_pages_is_another_one_and_says_how_to_fill_it()
    {
        using var kernel = new FakeSystemCalls();
        kernel.Files["/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"] = "9999\n";
        kernel.Files["/sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages"] = "1\n";

        var thrown = Assert.Throws<BenchException>(() => MemoryRegion.Allocate(kernel, 2L << 30, PageKind.Huge1G, null));

        Assert.Contains("2 huge pages of 1 GiB are needed", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("hugepagesz=1G", thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(kernel.Calls, call => call.StartsWith("mmap", StringComparison.Ordinal));
    }

    [Fact]
    public void A_node_has_a_pool_of_its_own()
    {
        using var kernel = new FakeSystemCalls();
        kernel.Files["/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"] = "64\n";
        kernel.Files["/sys/devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages"] = "0\n";

        var thrown = Assert.Throws<BenchException>(() => MemoryRegion.Allocate(kernel, 64 << 20, PageKind.Huge2M, 1));

        Assert.Contains("node1/hugepages", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_that_cannot_hold_the_memory_is_a_sentence_and_not_a_signal()
    {
        using var kernel = new FakeSystemCalls { OnAdvise = advice => advice == LinuxFlags.AdvisePopulateWrite ? -Errno.EFAULT : 0 };

        var thrown = Assert.Throws<BenchException>(() => MemoryRegion.Allocate(kernel, 2 << 20, PageKind.Base4K, 1));

        Assert.Contains("node 1 has not that much free memory", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(0, kernel.Mappings);
    }

    [Fact]
    public void A_kernel_without_populate_is_touched_by_hand()
    {
        using var kernel = new FakeSystemCalls { OnAdvise = advice => advice == LinuxFlags.AdvisePopulateWrite ? -Errno.EINVAL : 0 };

        using MemoryRegion region = MemoryRegion.Allocate(kernel, 2 << 20, PageKind.Base4K, null);

        Assert.Equal(1, Marshal.ReadByte(region.Address + (2 << 20) - 4096));
    }

    [Fact]
    public void A_node_that_does_not_exist_is_refused()
    {
        using var kernel = new FakeSystemCalls { BindResult = -Errno.EINVAL };

        var thrown = Assert.Throws<BenchException>(() => MemoryRegion.Allocate(kernel, 2 << 20, PageKind.Base4K, 9));

        Assert.Contains("mbind on node 9 failed with EINVAL", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(0, kernel.Mappings);
    }
}
