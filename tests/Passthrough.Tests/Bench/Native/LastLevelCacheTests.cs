using Passthrough.Bench.Native;
using Xunit;

namespace Passthrough.Tests.Bench.Native;

public sealed class LastLevelCacheTests
{
    [Fact]
    public void A_cache_that_two_cpus_share_counts_once_and_one_of_another_socket_counts_too()
    {
        using var kernel = new FakeSystemCalls();
        Add(kernel, 0, "32768K", "0-1");
        Add(kernel, 1, "32768K", "0-1");
        Add(kernel, 2, "16M", "2-3");

        Assert.Equal(32L << 20, LastLevelCache.TotalBytes(kernel, [0, 1]));
        Assert.Equal(48L << 20, LastLevelCache.TotalBytes(kernel, [0, 1, 2]));
    }

    [Fact]
    public void The_highest_level_counts_whatever_its_place_in_the_folder()
    {
        using var kernel = new FakeSystemCalls();
        Add(kernel, 0, "8M", "0");
        kernel.Folders["/sys/devices/system/cpu/cpu0/cache"] = ["index0", "index1", "index2", "uevent"];
        Index(kernel, 0, 2, "1", "32K", "0");

        Assert.Equal(8L << 20, LastLevelCache.TotalBytes(kernel, [0]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("K")]
    [InlineData("0K")]
    [InlineData("-4K")]
    [InlineData("99999999999G")]
    [InlineData("many")]
    public void A_size_that_does_not_parse_is_unknown(string size)
    {
        using var kernel = new FakeSystemCalls();
        Add(kernel, 0, size, "0");

        // The first level is still known, and nothing above it is.
        Assert.Equal(32L << 10, LastLevelCache.TotalBytes(kernel, [0]));
    }

    [Fact]
    public void A_machine_that_shows_no_caches_is_unknown_and_not_without_caches()
    {
        using var kernel = new FakeSystemCalls();
        Add(kernel, 0, "8M", "0");

        Assert.Null(LastLevelCache.TotalBytes(kernel, [0, 1]));
        Assert.Null(LastLevelCache.TotalBytes(kernel, [7]));
    }

    private static void Add(FakeSystemCalls kernel, int cpu, string size, string sharedBy)
    {
        kernel.Folders[$"/sys/devices/system/cpu/cpu{cpu}/cache"] = ["index0", "index1", "uevent"];
        Index(kernel, cpu, 0, "1", "32K", $"{cpu}");
        Index(kernel, cpu, 1, "3", size, sharedBy);
    }

    private static void Index(FakeSystemCalls kernel, int cpu, int index, string level, string size, string sharedBy)
    {
        string folder = $"/sys/devices/system/cpu/cpu{cpu}/cache/index{index}";
        kernel.Files[folder + "/level"] = level + "\n";
        kernel.Files[folder + "/size"] = size + "\n";
        kernel.Files[folder + "/shared_cpu_list"] = sharedBy + "\n";
    }
}
