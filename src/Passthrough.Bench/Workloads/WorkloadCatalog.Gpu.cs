using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads.Gpu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads;

/// <summary>Workloads of GPUs.</summary>
public static partial class WorkloadCatalog
{
    private static IReadOnlyList<WorkloadInfo> GpuWorkloads => [GpuCopy];

    private static WorkloadInfo GpuCopy => Make(
        "gpu.copy",
        "Copies between host memory and an NVIDIA GPU by its copy engine, timed by the GPU's events; the copied data are verified.",
        "throughput",
        "bytesPerSecond",
        [
            new("device", ParameterSet.First, "PCI address of a GPU, the driver's number for it, or \"first\""),
            new("direction", "h2d", "h2d for host to device, d2h for device to host"),
            new("host", "pinned", "host memory: pinned by the driver, pageable, or hugepage for 2 MiB pages of the pool that are then locked"),
            new("sizeBytes", "268435456", "bytes of one copy, a multiple of 2 MiB"),
            new("copies", "16", "copies between two events, timed as one sample"),
            new("cpu", ParameterSet.Any, "CPU of the thread that allocates and copies, or \"any\""),
            new("node", ParameterSet.Any, "NUMA node the host memory is bound to, or \"any\""),
            new("wakeMs", "1000", "milliseconds of copies before anything else, for clocks and link to leave their idle state"),
        ],
        model => NoMachine(model) ?? NoGpu(model),
        (parameters, _) => new GpuCopyWorkload(System, () => CudaLibrary.Load(), parameters));

    private static string? NoGpu(HostModel model)
    {
        if (NoDevices(model) is { } reason)
        {
            return reason;
        }

        // Class 03 is a display controller; 0302 is one without a display, as data centre GPUs are.
        PciDevice[] gpus = [.. model.Pci.All.Where(device => device.VendorId.Or(0) == 0x10de && device.Class >> 8 == 0x03)];
        return gpus.Length == 0 ? "this machine has no NVIDIA GPU on PCI."
            : !gpus.Any(device => device.Driver.Or(null) == "nvidia") ? Unbound(gpus, "no NVIDIA GPU", "the nvidia driver")
            : CudaLibrary.IsThere() ? null
            : $"{CudaLibrary.FileName} could not be loaded: install NVIDIA's driver, which brings it.";
    }
}
