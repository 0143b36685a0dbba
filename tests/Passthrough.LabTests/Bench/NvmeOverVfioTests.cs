using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using Passthrough.Guests;
using Passthrough.Results;
using Xunit;

namespace Passthrough.LabTests.Bench;

/// <summary>
/// The NVMe driver over VFIO against a controller and an IOMMU that are not of the tests' making: the published program in one
/// guest, whose disk was filled through the kernel before.
/// </summary>
public sealed class NvmeOverVfioTests
{
    private const string Disk = "0000:02:00.0";

    private const string Script =
        $$"""
        cd /out
        dd if=/dev/urandom of=pattern bs=64k count=8 2>/dev/null
        dd if=pattern of=/dev/nvme0n1 bs=64k oflag=direct 2>/dev/null
        bench() { name=$1; shift; ptdiag bench run --runs 1 --warm-up-ms 50 --measure-ms 150 --format json -o "$name.json" "$@" 2>>errors; echo "$name $?" >>codes; }
        bench small dma.nvme.vfio --bind {{Disk}}
        bench two dma.nvme.vfio --bind {{Disk}} --set blockSize=8192 --set batch=4
        bench large dma.nvme.vfio --bind {{Disk}} --set blockSize=131072 --set depth=4 --set pages=thp
        bench block dma.nvme.vfio.latency --bind {{Disk}} --set wait=block
        bench spin dma.nvme.vfio.latency --bind {{Disk}} --set wait=spin
        bench reach dma.iotlb.reach --bind {{Disk}} --set pageCount=16
        bench free dma.nvme.vfio --set device={{Disk}}
        sleep 1
        dd if=/dev/nvme0n1 of=again bs=64k count=8 iflag=direct 2>/dev/null
        folder=/sys/bus/pci/devices/{{Disk}}
        basename "$(readlink $folder/driver)" >driver
        echo vfio-pci >$folder/driver_override; echo {{Disk}} >$folder/driver/unbind; echo {{Disk}} >/sys/bus/pci/drivers_probe
        ptdiag bench run dma.nvme.vfio --runs 1 --measure-ms 60000 >/dev/null 2>&1 &
        sleep 2
        dd if=$folder/config bs=1 skip=4 count=2 of=command-running 2>/dev/null
        kill -9 $!; wait $! 2>/dev/null
        dd if=$folder/config bs=1 skip=4 count=2 of=command-killed 2>/dev/null
        bench afterwards dma.nvme.vfio
        """;

    private static readonly string _agent = Path.GetFullPath(Path.Combine(Here(), "..", "..", "..", "artifacts", "ptdiag", "ptdiag"));

    private static readonly Lazy<Task<LabRun>> _run = new(() => new Lab(new LabOptions()).RunAsync(
        LabCatalog.Find("intel-healthy")!,
        new LabCommand { Arguments = ["/bin/sh", "-c", Script], AgentPath = _agent, Timeout = TimeSpan.FromMinutes(4) },
        CancellationToken.None));

    [SkippableTheory]
    [InlineData("small", 4096)]
    [InlineData("two", 8192)]
    [InlineData("large", 131072)]
    public async Task What_was_read_through_VFIO_is_what_the_kernel_wrote(string name, int bytes)
    {
        LabRun run = await RunAsync();
        WorkloadRun result = Result(run, name);

        Assert.Equal(Checksum(run.Files["pattern"].AsSpan(0, bytes)), (uint)result.Witness["firstReadChecksum"]);
        Assert.True(result.Value > 0);
        Assert.Equal(("type1", Disk), (result.Parameters["backend"], result.Parameters["device"]));
        Assert.Equal(1, result.Witness["emulatedController"]);
    }

    [SkippableFact]
    public async Task Doorbells_follow_the_batch()
    {
        LabRun run = await RunAsync();

        Assert.InRange(Bells(Result(run, "small")), 0.9, 1.0001);
        Assert.InRange(Bells(Result(run, "two")), 0.2, 0.2501);

        static double Bells(WorkloadRun result) => result.Witness["submissionDoorbells"] / result.Witness["completions"];
    }

    [SkippableTheory]
    [InlineData("block")]
    [InlineData("spin")]
    public async Task One_interrupt_comes_for_one_completion(string name)
    {
        WorkloadRun result = Result(await RunAsync(), name);

        Assert.Equal(result.Witness["completions"], result.Witness["interrupts"]);
        Assert.True(result.Samples > 0 && result.Percentiles!.P50 > 0);
    }

    [SkippableFact]
    public async Task Data_goes_to_small_IOMMU_pages_where_reach_is_measured()
    {
        Assert.Equal(4096, Result(await RunAsync(), "reach").Witness["iovaAlignmentBytes"]);
    }

    [SkippableFact]
    public async Task The_drive_goes_back_to_the_host_with_its_content()
    {
        LabRun run = await RunAsync();

        Assert.Equal("nvme\n", Encoding.UTF8.GetString(run.Files["driver"]));
        Assert.Equal(run.Files["pattern"], run.Files["again"]);
    }

    [SkippableFact]
    public async Task A_drive_of_the_host_is_refused()
    {
        LabRun run = await RunAsync();

        Assert.Contains("free 3\n", Encoding.UTF8.GetString(run.Files["codes"]), StringComparison.Ordinal);
        Assert.DoesNotContain("free.json", run.Files.Keys);
    }

    [SkippableFact]
    public async Task A_killed_process_leaves_no_bus_master_and_a_drive_that_works_again()
    {
        LabRun run = await RunAsync();

        Assert.Equal(4, run.Files["command-running"][0] & 4);
        Assert.Equal(0, run.Files["command-killed"][0] & 4);
        Assert.True(Result(run, "afterwards").Value > 0);
    }

    private static Task<LabRun> RunAsync()
    {
        Skip.If(Lab.WhyNot() is not null, Lab.WhyNot());
        Skip.IfNot(File.Exists(_agent), "artifacts/ptdiag/ptdiag is not built: run ./run-bench.sh --build");
        return _run.Value;
    }

    private static WorkloadRun Result(LabRun run, string name)
    {
        string errors = run.Files.TryGetValue("errors", out byte[]? said) ? Encoding.UTF8.GetString(said) : "";
        Assert.True(run.Files.TryGetValue(name + ".json", out byte[]? content), $"{name} left no result; {errors} {run.Error}");
        Assert.True(ResultsJson.TryParseResults(content, out ResultsDocument? document, out string? sentence), sentence);
        return Assert.Single(document.Workloads);
    }

    /// <summary>CRC-32 by the base library: it stands at the end of what GZipStream writes.</summary>
    private static uint Checksum(ReadOnlySpan<byte> data)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(data);
        }

        return BinaryPrimitives.ReadUInt32LittleEndian(packed.ToArray().AsSpan((int)packed.Length - 8));
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
