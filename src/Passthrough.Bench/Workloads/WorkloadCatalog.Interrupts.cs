using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads.Dma;
using Passthrough.Bench.Workloads.Interrupts;

namespace Passthrough.Bench.Workloads;

/// <summary>Workloads of interrupts.</summary>
public static partial class WorkloadCatalog
{
    private static IReadOnlyList<WorkloadInfo> InterruptsWorkloads => [EduInterrupt];

    private static WorkloadInfo EduInterrupt => Make(
        "irq.edu.msi",
        "From a register write of QEMU's edu device to the eventfd read that its MSI wakes, through VFIO.",
        "latency",
        "nanoseconds",
        [
            new("device", ParameterSet.First, "PCI address of an edu device on vfio-pci, or \"first\""),
            new("threadCpu", ParameterSet.Any, "CPU of the waiting thread, or \"any\""),
            new("wait", "block", "block in the read, or spin over non-blocking reads, which leaves the scheduler's wake-up out"),
        ],
        model => NoMachine(model) ?? NoRoot(model, "opening a VFIO group") ?? NoEdu(model),
        (parameters, model) => new EduInterruptWorkload(System, parameters, VfioFunctions.Choose(parameters,
            VfioFunctions.Edu(VfioFunctions.OnVfioPci(model)), "no edu device (1234:11e8) is bound to vfio-pci.")));
}
