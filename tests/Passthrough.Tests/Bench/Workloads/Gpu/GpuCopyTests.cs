using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Workloads;
using Passthrough.Bench.Workloads.Gpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Results;
using Passthrough.Tests.Bench.Engine;
using Passthrough.Tests.Bench.Native;
using Passthrough.Tests.Diagnosis;
using Xunit;
using Errno = Passthrough.Bench.Native.Errno;

namespace Passthrough.Tests.Bench.Workloads.Gpu;

[Collection(Measuring.Name)]
public sealed class GpuCopyTests
{
    private static readonly RunOptions _short = new() { WarmUp = TimeSpan.FromMilliseconds(2), Measure = TimeSpan.FromMilliseconds(30) };

    [SkippableTheory]
    [InlineData("h2d", "pinned")]
    [InlineData("h2d", "pageable")]
    [InlineData("d2h", "pinned")]
    [InlineData("d2h", "pageable")]
    public void Copies_are_timed_by_events_verified_and_everything_is_given_back(string direction, string host)
    {
        using var cuda = new FakeCuda();

        WorkloadRun run = Run(("direction", direction), ("host", host));

        Assert.Null(run.Rejected);
        Assert.Equal(4 << 20, run.Witness["verifiedBytes"]);
        Assert.Equal("0000:3b:00.0", run.Parameters["device"]);
        Assert.InRange(run.Value!.Value, 1e7, 1e12);
        Assert.Equal(0, cuda.Live);
        Assert.Equal("cuDevicePrimaryCtxRelease_v2", cuda.Calls[^1]);
    }

    [SkippableFact]
    public void Huge_pages_are_registered_and_unregistered_before_they_are_unmapped()
    {
        using var cuda = new FakeCuda();
        using var kernel = new FakeSystemCalls { OnAdvise = _ => 0 };
        kernel.Files["/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"] = "8\n";
        using (GpuCopyWorkload workload = Workload(kernel, ("host", "hugepage")))
        {
            // What the fake kernel maps is aligned as malloc aligns it, which the stand-in refuses as the driver would.
            kernel.OnMap = null;
            var thrown = Record.Exception(workload.Prepare);
            Assert.True(thrown is null or BenchException { Call: "cuMemHostRegister" });
            Assert.Contains("cuMemHostRegister_v2", cuda.Calls);
        }

        Assert.Equal(0, kernel.Mappings);
    }

    [SkippableFact]
    public void The_throughput_is_the_bytes_over_the_time_that_the_device_counted()
    {
        using var cuda = new FakeCuda();
        using GpuCopyWorkload workload = Workload(LinuxSystemCalls.Instance);
        workload.Prepare();
        var stage = new Stage(TimeSpan.FromSeconds(5), maxOperations: 8);

        workload.Execute(stage);

        Assert.Equal(8, stage.Operations);
        Assert.Equal(8L * (4 << 20), stage.Bytes);
        Assert.InRange(stage.DeviceNs!.Value, 1, (long)stage.Elapsed.TotalNanoseconds);
        Assert.Equal(2, stage.Samples);
    }

    [SkippableTheory]
    [InlineData("1", "0000:af:00.0")]
    [InlineData("0000:AF:00.0", "0000:af:00.0")]
    [InlineData("0000:3b:00.0", "0000:3b:00.0")]
    public void A_device_is_named_by_number_or_address_and_remembered_by_address(string device, string address)
    {
        using var cuda = new FakeCuda();
        using GpuCopyWorkload workload = Workload(LinuxSystemCalls.Instance, ("device", device));
        workload.Prepare();
        Assert.Equal(address, workload.Parameters["device"]);
    }

    [SkippableTheory]
    [InlineData("2", "the driver offers 2 GPUs, so there is no number 2")]
    [InlineData("0000:01:00.0", "cuDeviceGetByPCIBusId on 0000:01:00.0 failed with CUDA_ERROR_INVALID_DEVICE: the driver knows no such GPU")]
    [InlineData("gpu0", "a PCI address such as 0000:01:00.0")]
    public void A_device_that_is_not_there_is_a_sentence(string device, string words)
    {
        using var cuda = new FakeCuda();
        var thrown = Assert.Throws<BenchException>(() => Run(("device", device)));
        Assert.Contains(words, thrown.Message, StringComparison.Ordinal);
        Assert.Equal(0, cuda.Live);
    }

    [SkippableTheory]
    [InlineData("cuInit", 100, 0, "CUDA_ERROR_NO_DEVICE: the driver finds no GPU it can use")]
    [InlineData("cuInit", 803, 0, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH: the library and the loaded kernel module are of different versions")]
    [InlineData("cuDevicePrimaryCtxRetain", 2, 0, "CUDA_ERROR_OUT_OF_MEMORY")]
    [InlineData("cuMemAlloc_v2", 2, 0, "cuMemAlloc on 4194304 bytes on 0000:3b:00.0 failed with CUDA_ERROR_OUT_OF_MEMORY: there is not that much memory left")]
    [InlineData("cuMemHostAlloc", 2, 0, "cuMemHostAlloc on 4194304 bytes failed with CUDA_ERROR_OUT_OF_MEMORY")]
    [InlineData("cuStreamCreate", 999, 0, "error 999: see the driver's messages in the kernel log")]
    [InlineData("cuEventCreate", 2, 1, "cuEventCreate")]
    [InlineData("cuMemcpyHtoDAsync_v2", 719, 0, "cuMemcpyHtoDAsync")]
    [InlineData("cuMemcpyHtoDAsync_v2", 719, 9, "a copy to the device (cuMemcpyHtoDAsync) on 0000:3b:00.0 failed with error 719")]
    [InlineData("cuEventRecord", 719, 3, "a copy to the device")]
    [InlineData("cuStreamSynchronize", 719, 2, "a copy to the device")]
    [InlineData("cuEventElapsedTime", 600, 0, "a copy to the device")]
    [InlineData("cuMemsetD8_v2", 719, 0, "cuMemsetD8")]
    [InlineData("cuMemcpyDtoHAsync_v2", 719, 0, "cuMemcpyDtoHAsync")]
    public void A_call_that_fails_is_named_and_everything_made_before_it_is_given_back(string call, int code, int after, string words)
    {
        using var cuda = new FakeCuda();
        cuda.Fail(call, code, after);

        var thrown = Assert.Throws<BenchException>(() => Run());

        Assert.Contains(words, thrown.Message, StringComparison.Ordinal);
        Assert.Equal(0, cuda.Live);
    }

    [SkippableTheory]
    [InlineData("h2d")]
    [InlineData("d2h")]
    public void Data_that_come_over_damaged_are_said_and_no_throughput_is_told(string direction)
    {
        using var cuda = new FakeCuda();
        using GpuCopyWorkload workload = Workload(LinuxSystemCalls.Instance, ("direction", direction));
        workload.Prepare();
        workload.MarkWitness();
        cuda.Damage(direction);
        workload.Execute(new Stage(TimeSpan.FromSeconds(1), maxOperations: 4));

        var thrown = Assert.Throws<BenchException>(workload.Witness);

        Assert.Contains("the copied data are wrong at byte ", thrown.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("h2d")]
    [InlineData("d2h")]
    public void A_stage_that_copied_nothing_does_not_pass_on_the_copies_before_it(string direction)
    {
        using var cuda = new FakeCuda();
        using GpuCopyWorkload workload = Workload(LinuxSystemCalls.Instance, ("direction", direction));
        workload.Prepare();
        workload.MarkWitness();

        Assert.Throws<BenchException>(workload.Witness);
    }

    [SkippableFact]
    public void Page_locked_memory_is_taken_from_the_node_and_the_policy_is_given_back()
    {
        using var cuda = new FakeCuda();
        using var kernel = new FakeSystemCalls { NodeOfPage = _ => 1 };
        using GpuCopyWorkload workload = Workload(kernel, ("node", "1"));
        workload.Prepare();
        workload.MarkWitness();
        workload.Execute(new Stage(TimeSpan.FromSeconds(1), maxOperations: 4));

        Assert.Equal(1, workload.Witness()["pagesOnNode"]);
        Assert.Equal(["set_mempolicy 2 2", "set_mempolicy 0 0"], kernel.Calls.Where(call => call.StartsWith("set_mempolicy", StringComparison.Ordinal)));
    }

    [SkippableFact]
    public void Page_locked_memory_on_another_node_is_refused_and_of_unknown_place_is_not()
    {
        using var cuda = new FakeCuda();
        using var elsewhere = new FakeSystemCalls { NodeOfPage = _ => 0 };
        using (GpuCopyWorkload workload = Workload(elsewhere, ("node", "1")))
        {
            Assert.Contains("only 0 % of it lies there", Assert.Throws<BenchException>(workload.Prepare).Message, StringComparison.Ordinal);
        }

        using var silent = new FakeSystemCalls { NodeOfPage = _ => -Errno.EFAULT };
        using (GpuCopyWorkload workload = Workload(silent, ("node", "1")))
        {
            workload.Prepare();
        }

        Assert.Equal(0, cuda.Live);
    }

    [Fact]
    public void A_machine_without_the_library_says_what_brings_it()
    {
        Assert.False(CudaLibrary.IsThere("libptdiag-has-no-such.so.1"));
        var thrown = Assert.Throws<BenchException>(() => CudaLibrary.Load("libptdiag-has-no-such.so.1"));
        Assert.Contains("install NVIDIA's driver", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_without_a_function_is_refused_before_anything_is_called()
    {
        var thrown = Assert.Throws<BenchException>(() => CudaLibrary.Load("libc.so.6"));
        Assert.Contains("has no function cuInit", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_says_which_of_gpu_and_driver_is_missing()
    {
        HostModel live = Models.Blank with { Source = SourceKind.Live };
        PciDevice gpu = Models.Device("0000:3b:00.0") with
        {
            VendorId = Models.Known((ushort)0x10de),
            ClassCode = Models.Known(0x030200u),
            Driver = Models.Known("vfio-pci"),
        };
        PciDevice audio = gpu with { ClassCode = Models.Known(0x040300u) };

        Assert.Equal("this machine has no NVIDIA GPU on PCI.", Why(live, audio));
        Assert.Equal("no NVIDIA GPU is bound to the nvidia driver.", Why(live, gpu));
        Assert.Contains("could not be read", Why(live, gpu with { Driver = Models.None<string>() })!, StringComparison.Ordinal);
        string? bound = Why(live, gpu with { Driver = Models.Known("nvidia") });
        Assert.True(CudaLibrary.IsThere() ? bound is null : bound!.Contains("libcuda.so.1 could not be loaded", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("direction", "both", "one of h2d, d2h")]
    [InlineData("host", "swap", "one of pinned, pageable, hugepage")]
    [InlineData("sizeBytes", "4096", "a whole number from 2097152")]
    [InlineData("copies", "0", "a whole number from 1 to 1024")]
    public void A_wrong_parameter_is_a_sentence(string name, string value, string words) =>
        Assert.Contains(words, Assert.Throws<BenchException>(() =>
            WorkloadCatalog.Find("gpu.copy")!.Create(new Dictionary<string, string> { [name] = value }, Models.Blank)).Message, StringComparison.Ordinal);

    private static string? Why(HostModel live, PciDevice device) => WorkloadCatalog.Find("gpu.copy")!.WhyNot(
        live with { Pci = new PciInventory { Devices = Models.Known<IReadOnlyList<PciDevice>>([device]) } });

    private static WorkloadRun Run(params (string Name, string Value)[] given)
    {
        WorkloadInfo info = WorkloadCatalog.Find("gpu.copy")! with { Create = (_, _) => Workload(LinuxSystemCalls.Instance, given) };
        return Measuring.Undisturbed(info, [], _short);
    }

    private static GpuCopyWorkload Workload(ISystemCalls system, params (string Name, string Value)[] given)
    {
        var values = new Dictionary<string, string> { ["sizeBytes"] = "4194304", ["copies"] = "4", ["wakeMs"] = "1" };
        foreach ((string name, string value) in given)
        {
            values[name] = value;
        }

        return new GpuCopyWorkload(system, () => CudaLibrary.Load(FakeCuda.LibraryPath),
            new ParameterSet("gpu.copy", WorkloadCatalog.Find("gpu.copy")!.Parameters, values));
    }
}
