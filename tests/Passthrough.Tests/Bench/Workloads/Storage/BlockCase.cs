using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Workloads;
using Passthrough.Bench.Workloads.Storage;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Tests.Bench.Native;
using Passthrough.Tests.Bench.Uring;
using Passthrough.Tests.Diagnosis;

namespace Passthrough.Tests.Bench.Workloads.Storage;

/// <summary>A disk /dev/sdb of 1 MiB behind 0000:00:1f.2 with a partition, and a file on it; nothing uses them.</summary>
internal static class BlockCase
{
    public const string Disk = "/dev/sdb";
    public const string File = "/data/content";

    /// <summary>The function behind the disk.</summary>
    public static readonly PciAddress Function = new(0, 0, 0x1f, 2);

    /// <summary>A fake kernel with the disk and a ring.</summary>
    public static FakeRing Ring(uint entries = 4)
    {
        var ring = new FakeRing(entries);
        Fill(ring.System);
        Func<nint, int, nint> map = ring.System.OnMap!;
        // The buffer of a workload that writes is filled: it has to be memory.
        ring.System.OnMap = (bytes, flags) => (flags & 0x20) == 0 ? map(bytes, flags) : 0;
        return ring;
    }

    public static void Fill(FakeSystemCalls kernel)
    {
        kernel.OnOpen = path => path is Disk or File ? 0 : -Errno.ENOENT;
        kernel.Statuses[Disk] = new PathStatus(FileType.BlockDevice, 0, 0, "8:16", null);
        kernel.Statuses[File] = new PathStatus(FileType.Regular, 1 << 20, 1 << 20, "8:17", 512);
        kernel.Statuses["/data"] = new PathStatus(FileType.Other, 0, 0, "8:17", null);
        kernel.Links["/sys/dev/block/8:16"] = "../../devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sdb";
        kernel.Links["/sys/dev/block/8:17"] = "../../devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sdb/sdb1";
        kernel.Links["/sys/class/block/sdb1"] = "../../devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sdb/sdb1";
        kernel.Files["/sys/dev/block/8:16/size"] = "2048\n";
        kernel.Files["/sys/dev/block/8:16/queue/logical_block_size"] = "512\n";
        kernel.Files["/sys/dev/block/8:16/stat"] = "  10 0 80 1 20 0 160 2 0 3 3 0 0 0 0 0 0\n";
        kernel.Files["/sys/class/block/sdb/dev"] = "8:16\n";
        kernel.Files["/sys/class/block/sdb1/dev"] = "8:17\n";
        kernel.Files["/sys/class/block/sdb/sdb1/partition"] = "1\n";
        kernel.Files["/sys/class/block/sdb1/partition"] = "1\n";
        kernel.Folders["/sys/class/block"] = ["sdb", "sdb1"];
        kernel.Folders["/sys/class/block/sdb"] = ["holders", "queue", "sdb1", "stat"];
        kernel.Folders["/sys/class/block/sdb/holders"] = [];
        kernel.Folders["/sys/class/block/sdb1/holders"] = [];
        kernel.Folders["/proc"] = [];
        kernel.Files["/proc/self/mountinfo"] = "20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n";
        kernel.Files["/proc/swaps"] = "Filename\tType\tSize\tUsed\tPriority\n";
    }

    public static BlockWorkload Workload(ISystemCalls system, Dictionary<string, string> given, HostModel? model = null, bool latency = false)
    {
        WorkloadInfo info = WorkloadCatalog.Find(latency ? "block.io.latency" : "block.io")!;
        given = new(given);
        given.TryAdd("device", Disk);
        given.TryAdd("depth", "4");
        var parameters = new ParameterSet(info.Name, info.Parameters, given);
        return new BlockWorkload(system, parameters, BlockPlan.Of(parameters, latency), model ?? Models.Blank);
    }

    /// <summary>Prepares, performs 200 operations, and gives the witness.</summary>
    public static IReadOnlyDictionary<string, double> Run(FakeRing ring, Dictionary<string, string> given, out Stage stage, bool latency = false)
    {
        using BlockWorkload workload = Workload(ring.System, given, latency: latency);
        workload.Prepare();
        workload.MarkWitness();
        stage = new Stage(TimeSpan.FromMinutes(1), 200);
        workload.Execute(stage);
        return workload.Witness();
    }
}
