using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Workloads;
using Passthrough.Bench.Workloads.Storage;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Tests.Bench.Native;
using Passthrough.Tests.Bench.Uring;
using Passthrough.Tests.Diagnosis;
using Xunit;
using Errno = Passthrough.Bench.Native.Errno;

namespace Passthrough.Tests.Bench.Workloads.Storage;

public sealed class BlockRefusalTests
{
    private static readonly Dictionary<string, string> _writing = new() { ["rw"] = "write" };

    private static readonly Dictionary<string, Action<FakeSystemCalls>> _uses = new()
    {
        { "sdb1 is mounted at /data", kernel => kernel.Files["/proc/self/mountinfo"] = "20 1 8:17 / /data rw - ext4 /dev/sdb1 rw\n" },
        { "sdb is mounted at /pool", kernel => kernel.Files["/proc/self/mountinfo"] = "20 1 0:44 / /pool rw - btrfs /dev/sdb rw\n" },
        { "mountinfo could not be read", kernel => kernel.Files.Remove("/proc/self/mountinfo") },
        { "sdb1 is swap space", kernel => kernel.Files["/proc/swaps"] += "/dev/sdb1 partition 1024 0 -2\n" },
        { "sdb1 is part of dm-3", kernel => kernel.Folders["/sys/class/block/sdb1/holders"] = ["dm-3"] },
        { "sdb is part of md0", kernel => kernel.Folders["/sys/class/block/sdb/holders"] = ["md0"] },
        { "sysfs does not tell which device", kernel => kernel.Links.Remove("/sys/dev/block/8:16") },
        {
            "qemu-system-x86 (process 77) has /dev/sdb1 open",
            kernel =>
            {
                kernel.Folders["/proc"] = ["1", "77", "cpuinfo"];
                kernel.Folders["/proc/77/fd"] = ["0", "9"];
                kernel.Links["/proc/77/fd/9"] = "/dev/sdb1";
                kernel.Files["/proc/77/comm"] = "qemu-system-x86\n";
            }
        },
    };

    public static TheoryData<string> Uses => [.. _uses.Keys];

    [Theory]
    [MemberData(nameof(Uses))]
    public void A_device_in_any_use_is_not_opened_for_writing(string words)
    {
        using FakeRing ring = BlockCase.Ring();
        _uses[words](ring.System);
        using BlockWorkload workload = BlockCase.Workload(ring.System, _writing);

        string sentence = Assert.Throws<BenchException>(workload.Prepare).Message;

        Assert.Contains("/dev/sdb is not overwritten: ", sentence, StringComparison.Ordinal);
        Assert.Contains(words, sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("open /dev/sdb", ring.System.Calls);
        Assert.Empty(ring.Submissions);
    }

    [Fact]
    public void A_partition_of_a_disk_that_is_held_as_a_whole_is_not_written()
    {
        using FakeRing ring = BlockCase.Ring();
        ring.System.Statuses["/dev/sdb1"] = new PathStatus(FileType.BlockDevice, 0, 0, "8:17", null);
        ring.System.Files["/sys/dev/block/8:17/size"] = "1024\n";
        ring.System.Folders["/sys/class/block/sdb/holders"] = ["dm-0"];
        using BlockWorkload workload = BlockCase.Workload(ring.System, new() { ["rw"] = "mix", ["device"] = "/dev/sdb1" });

        Assert.Contains("sdb is part of dm-0", Assert.Throws<BenchException>(workload.Prepare).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_of_a_function_that_the_host_uses_is_not_written()
    {
        using FakeRing ring = BlockCase.Ring();
        HostModel model = Models.Blank with
        {
            Usage = Models.Blank.Usage with
            {
                Uses = new Dictionary<PciAddress, IReadOnlyList<string>> { [BlockCase.Function] = ["mounted at /"] },
            },
        };
        using BlockWorkload workload = BlockCase.Workload(ring.System, _writing, model);

        Assert.Contains("0000:00:1f.2, which serves it, is in use by this host (mounted at /)", Assert.Throws<BenchException>(workload.Prepare).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_whose_mounts_were_not_seen_is_not_written_to()
    {
        using FakeRing ring = BlockCase.Ring();
        HostModel model = Models.Blank with { Source = SourceKind.Live, Usage = Models.Blank.Usage with { IsSeen = false } };
        using BlockWorkload workload = BlockCase.Workload(ring.System, _writing, model);

        Assert.Contains("mounted could not be read", Assert.Throws<BenchException>(workload.Prepare).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Errno.EBUSY, "another program uses it")]
    [InlineData(Errno.EACCES, "may not write it; run as root")]
    [InlineData(Errno.EROFS, "read-only")]
    [InlineData(Errno.ENXIO, "gone or has no medium")]
    [InlineData(Errno.EINVAL, "O_DIRECT")]
    public void The_kernels_own_refusal_is_a_sentence(int errno, string words)
    {
        using FakeRing ring = BlockCase.Ring();
        ring.System.OnOpen = _ => -errno;
        using BlockWorkload workload = BlockCase.Workload(ring.System, _writing);

        var thrown = Assert.Throws<BenchException>(workload.Prepare);

        Assert.Contains(words, thrown.Message, StringComparison.Ordinal);
        Assert.Equal(("open", BlockCase.Disk, errno), (thrown.Call, thrown.Path, thrown.ErrorNumber));
    }

    [Fact]
    public void A_device_is_claimed_for_writing_and_shared_for_reading()
    {
        Assert.Equal(LinuxFlags.ReadWrite | LinuxFlags.Direct | LinuxFlags.Exclusive, FlagsOf("write", BlockCase.Disk));
        Assert.Equal(LinuxFlags.ReadOnly | LinuxFlags.Direct, FlagsOf("read", BlockCase.Disk));
        Assert.Equal(LinuxFlags.ReadWrite | LinuxFlags.Direct, FlagsOf("write", BlockCase.File));
    }

    [Theory]
    [InlineData("swap", "it is a swap file")]
    [InlineData("loop", "it is the content of loop0")]
    [InlineData("open", "has /data/content open")]
    public void A_file_that_something_stands_on_is_not_overwritten(string use, string words)
    {
        using FakeRing ring = BlockCase.Ring();
        FakeSystemCalls kernel = ring.System;
        switch (use)
        {
            case "swap":
                kernel.Files["/proc/swaps"] += "/data/content file 1024 0 -2\n";
                break;
            case "loop":
                kernel.Folders["/sys/class/block"] = ["loop0"];
                kernel.Files["/sys/class/block/loop0/loop/backing_file"] = "/data/content\n";
                break;
            default:
                kernel.Folders["/proc"] = ["77"];
                kernel.Folders["/proc/77/fd"] = ["9"];
                kernel.Links["/proc/77/fd/9"] = BlockCase.File;
                break;
        }

        using BlockWorkload workload = BlockCase.Workload(kernel, new() { ["rw"] = "write", ["device"] = BlockCase.File });

        Assert.Contains(words, Assert.Throws<BenchException>(workload.Prepare).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dev/nothing", "does not exist")]
    [InlineData("/data", "neither a block device nor a regular file")]
    [InlineData("sdb", "neither the full path")]
    [InlineData("first", "no NVMe namespace")]
    public void What_can_not_be_measured_is_a_sentence(string device, string words)
    {
        using FakeRing ring = BlockCase.Ring();
        using BlockWorkload workload = BlockCase.Workload(ring.System, new() { ["device"] = device });

        Assert.Contains(words, Assert.Throws<BenchException>(workload.Prepare).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_with_holes_is_refused_since_they_are_read_without_the_device()
    {
        using FakeRing ring = BlockCase.Ring();
        ring.System.Statuses[BlockCase.File] = new PathStatus(FileType.Regular, 1 << 20, 4096, "8:17", 512);
        using BlockWorkload workload = BlockCase.Workload(ring.System, new() { ["device"] = BlockCase.File });

        Assert.Contains("has holes (4096 of 1048576 bytes", Assert.Throws<BenchException>(workload.Prepare).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_below_one_block_is_refused()
    {
        using FakeRing ring = BlockCase.Ring();
        using BlockWorkload workload = BlockCase.Workload(ring.System, new() { ["device"] = BlockCase.File, ["blockSize"] = "2097152" });

        Assert.Contains("less than one block of 2097152 bytes", Assert.Throws<BenchException>(workload.Prepare).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ratePerSecond", "100", "0 while arrival is closed")]
    [InlineData("arrival", "poisson", "above 0")]
    [InlineData("arrival", "sometimes", "one of closed, fixed, poisson")]
    [InlineData("rw", "erase", "one of read, write, mix")]
    [InlineData("blockSize", "1000", "a multiple of 512")]
    [InlineData("readPercent", "101", "from 0 to 100")]
    public void A_wrong_parameter_says_what_it_must_be(string name, string value, string words)
    {
        using var kernel = new FakeSystemCalls();

        var thrown = Assert.Throws<BenchException>(() => BlockCase.Workload(kernel, new() { [name] = value }, latency: true));

        Assert.Contains($"parameter {(name == "arrival" && value == "poisson" ? "ratePerSecond" : name)} of block.io.latency", thrown.Message, StringComparison.Ordinal);
        Assert.Contains(words, thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("block.io")]
    [InlineData("block.io.latency")]
    public void Without_the_users_word_nothing_is_even_made(string name)
    {
        WorkloadInfo info = WorkloadCatalog.Find(name)! with { Create = (_, _) => throw new InvalidOperationException("made") };

        string unnamed = Assert.Throws<BenchException>(() => BenchEngine.Run(info, _writing, Models.Blank, new RunOptions { Destructive = true })).Message;
        string unasked = Assert.Throws<BenchException>(() => BenchEngine.Run(info, new Dictionary<string, string> { ["rw"] = "mix", ["device"] = "/dev/sdb" },
            Models.Blank, new RunOptions())).Message;

        Assert.Contains("named by its full path", unnamed, StringComparison.Ordinal);
        Assert.Contains("--destructive", unasked, StringComparison.Ordinal);
        Assert.Null(info.Overwrites(new Dictionary<string, string> { ["device"] = "/dev/sdb" }));
    }

    private static int FlagsOf(string rw, string device)
    {
        using FakeRing ring = BlockCase.Ring();
        int flags = -1;
        ring.System.OnOpenFlags = (path, asked) => flags = path == device ? asked : flags;
        using BlockWorkload workload = BlockCase.Workload(ring.System, new() { ["rw"] = rw, ["device"] = device });
        workload.Prepare();
        return flags;
    }
}
