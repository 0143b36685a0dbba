using CsCheck;
using Passthrough.Host.Evidence;
using Passthrough.Host.Memory;
using Xunit;

namespace Passthrough.Tests.Host.Memory;

public class MemoryParserTests
{
    [Theory]
    [InlineData("")]
    [InlineData("MemTotal\n")]
    [InlineData("MemTotal: many kB\n")]
    [InlineData("MemTotal: -4 kB\n")]
    [InlineData("MemTotal: 9223372036854775807 kB\n")]
    public void Malformed_meminfo_gives_no_value(string text) => Assert.Empty(MemInfoParser.Parse(text));

    [Fact]
    public void Any_text_is_taken_without_an_exception() => Gen.String.Sample(text =>
    {
        MemInfoParser.Parse(text);
        MountTable.HugetlbfsMounts(text);
        _ = MemoryReader.TryParseDistances(text, out _);
        _ = HugePageReader.TryParseSize(text, out _);
    });

    [Fact]
    public void Kilobytes_become_bytes_and_counts_stay()
    {
        IReadOnlyDictionary<string, long> values = MemInfoParser.Parse("MemTotal:       16 kB\nHugePages_Total:      12\nHugepagesize: 2048 kB\n");
        Assert.Equal(16 * 1024, values["MemTotal"]);
        Assert.Equal(12, values["HugePages_Total"]);
        Assert.Equal(2 << 20, values["Hugepagesize"]);
    }

    [Fact]
    public void The_node_in_front_of_a_nodes_lines_is_no_part_of_the_key() =>
        Assert.Equal(8192, MemInfoParser.Parse("\nNode 12 MemTotal:       8 kB\n")["MemTotal"]);

    [Theory]
    [InlineData("hugepages-2048kB", 2L << 20)]
    [InlineData("hugepages-1048576kB", 1L << 30)]
    [InlineData("hugepages-64kB", 65536L)]
    [InlineData("hugepages-kB", 0L)]
    [InlineData("hugepages-2048", 0L)]
    [InlineData("hugepages-0kB", 0L)]
    [InlineData("hugepages--1kB", 0L)]
    [InlineData("pages-2048kB", 0L)]
    public void The_folder_name_tells_the_page_size(string name, long expected)
    {
        Assert.Equal(expected > 0, HugePageReader.TryParseSize(name, out long size));
        Assert.Equal(expected, size);
    }

    [Fact]
    public void Only_hugetlbfs_mounts_are_taken_with_their_page_size()
    {
        IReadOnlyList<string> mounts = MountTable.HugetlbfsMounts(
            "proc /proc proc rw 0 0\nhugetlbfs /dev/hugepages hugetlbfs rw,relatime,pagesize=2M 0 0\nnone /mnt/huge\\040one hugetlbfs rw 0 0\nshort line\n");
        Assert.Equal(["/dev/hugepages pagesize=2M", "/mnt/huge one"], mounts);
    }

    [Fact]
    public void Nodes_pools_and_distances_are_read()
    {
        var tree = new TreeEvidence
        {
            ["/proc/meminfo"] = "MemTotal: 1000 kB\nMemAvailable: 500 kB\n",
            ["/sys/devices/system/node/node10/cpulist"] = "4-7\n",
            ["/sys/devices/system/node/node10/meminfo"] = "Node 10 MemTotal: 10 kB\nNode 10 MemFree: 4 kB\n",
            ["/sys/devices/system/node/node10/distance"] = "20 10\n",
            ["/sys/devices/system/node/node2/cpumap"] = "0000000f\n",
            ["/sys/devices/system/node/node2/distance"] = "10 x\n",
            ["/sys/devices/system/node/node2/hugepages/hugepages-1048576kB/nr_hugepages"] = "1\n",
            ["/sys/devices/system/node/node2/hugepages/hugepages-2048kB/nr_hugepages"] = "8\n",
            ["/sys/devices/system/node/node2/hugepages/hugepages-2048kB/free_hugepages"] = "3\n",
            ["/sys/devices/system/node/online"] = "2,10\n",
            ["/sys/kernel/mm/transparent_hugepage/enabled"] = "always [madvise] never\n",
        };
        MemoryInfo memory = MemoryReader.Read(tree);
        Assert.Equal([2, 10], memory.AllNodes.Select(node => node.Id));
        NumaNode first = memory.AllNodes[0];
        NumaNode second = memory.AllNodes[1];
        Assert.Equal("0-3", first.Cpus.Value!.ToString());
        Assert.Equal(Outcome.Failed, first.Distances.Outcome);
        Assert.Equal([2L << 20, 1L << 30], first.HugePages.Value!.Select(pool => pool.SizeBytes));
        Assert.Equal(8, first.HugePages.Value![0].Total.Value);
        Assert.Equal(3, first.HugePages.Value![0].Free.Value);
        Assert.True(first.HugePages.Value![0].Surplus.IsAbsent);
        Assert.Equal("4-7", second.Cpus.Value!.ToString());
        Assert.Equal(10 * 1024, second.MemoryBytes.Value);
        Assert.Equal(4 * 1024, second.FreeBytes.Value);
        Assert.Equal([20, 10], second.Distances.Value!);
        Assert.True(second.HugePages.IsAbsent);
        Assert.Equal("madvise", memory.TransparentHugePages.Value);
        Assert.Equal(1000 * 1024, memory.TotalBytes.Value);
        Assert.Equal(500 * 1024, memory.AvailableBytes.Value);
        Assert.True(memory.DefaultHugePageBytes.IsAbsent);
    }

    [Fact]
    public void Without_the_folder_of_nodes_the_nodes_are_missing_and_the_total_is_not()
    {
        MemoryInfo memory = MemoryReader.Read(new TreeEvidence { ["/proc/meminfo"] = "MemTotal: 1000 kB\n" });
        Assert.Equal(Outcome.Absent, memory.Nodes.Outcome);
        Assert.Empty(memory.AllNodes);
        Assert.True(memory.TotalBytes.IsKnown);
    }
}
