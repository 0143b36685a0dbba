using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads.Dma;
using Passthrough.Bench.Workloads.Interrupts;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads;

/// <summary>Workloads of interrupts.</summary>
public static partial class WorkloadCatalog
{
    private const string NoEduBound = "no edu device (1234:11e8) is bound to vfio-pci.";

    private static IReadOnlyList<WorkloadInfo> InterruptsWorkloads => [EduInterrupt, EduPoll, SoftwareTrigger, MmioRead];

    private static WorkloadParameter ThreadCpu => new("threadCpu", ParameterSet.Any, "CPU of the measuring thread, or \"any\"");

    private static WorkloadParameter EduFunction => new("device", ParameterSet.First, "PCI address of an edu device on vfio-pci, or \"first\"");

    private static WorkloadInfo EduInterrupt => Make(
        "irq.edu.msi",
        "From a register write of QEMU's edu device to the eventfd read that its MSI wakes, through VFIO.",
        "latency",
        "nanoseconds",
        [
            EduFunction,
            ThreadCpu,
            new("wait", "block", "block in the read, or spin over non-blocking reads, which leaves the scheduler's wake-up out"),
        ],
        model => NoMachine(model) ?? NoRoot(model, "opening a VFIO group") ?? NoEdu(model),
        (parameters, model) => new EduInterruptWorkload(System, parameters,
            VfioFunctions.Choose(parameters, VfioFunctions.Edu(VfioFunctions.OnVfioPci(model)), NoEduBound)));

    private static WorkloadInfo EduPoll => Make(
        "irq.edu.poll",
        "From a register write of QEMU's edu device until its interrupt status register shows it, polled over VFIO with interrupts off.",
        "latency",
        "nanoseconds",
        [EduFunction, ThreadCpu],
        model => NoMachine(model) ?? NoRoot(model, "opening a VFIO group") ?? NoEdu(model),
        (parameters, model) => new EduPollWorkload(System, parameters,
            VfioFunctions.Choose(parameters, VfioFunctions.Edu(VfioFunctions.OnVfioPci(model)), NoEduBound)));

    private static WorkloadInfo SoftwareTrigger => Make(
        "irq.vfio.trigger",
        "VFIO's software loopback: one ioctl that fires a vector, and the eventfd read that answers it; no device takes part.",
        "latency",
        "nanoseconds",
        [
            new("device", ParameterSet.First, "PCI address of a function on vfio-pci, or \"first\""),
            ThreadCpu,
            new("vector", ParameterSet.Any, "msi, msix, or \"any\": MSI-X where the device offers it, else MSI"),
            new("wait", "block", "block or spin; the ioctl signals before it returns, so that neither sleeps"),
        ],
        model => NoMachine(model) ?? NoRoot(model, "opening a VFIO group") ?? NoVfio(model),
        (parameters, model) => new SoftwareTriggerWorkload(System, parameters,
            VfioFunctions.Choose(parameters, VfioFunctions.OnVfioPci(model), "no function is bound to vfio-pci.")));

    private static WorkloadInfo MmioRead => Make(
        "irq.mmio.read",
        "Round trip of one 32-bit read of a device register over VFIO.",
        "latency",
        "nanoseconds",
        [
            new("device", ParameterSet.First, "PCI address of a function on vfio-pci, or \"first\": the first whose registers are known"),
            new("bar", MmioReadWorkload.Auto, "number of the BAR; \"auto\" for NVMe and edu devices only, since a read can change a device"),
            new("offset", MmioReadWorkload.Auto, "byte offset of the register, a multiple of 4; \"auto\" as for bar"),
            new("batch", "1", "reads timed as one sample; more than one spreads the clock's own cost over them"),
            ThreadCpu,
        ],
        model => NoMachine(model) ?? NoRoot(model, "opening a VFIO group") ?? NoVfio(model),
        (parameters, model) =>
        {
            // Where the register is named, the first function is as good as another.
            bool named = parameters.Text("bar") != MmioReadWorkload.Auto && parameters.Text("offset") != MmioReadWorkload.Auto;
            PciAddress device = VfioFunctions.Choose(parameters,
                VfioFunctions.OnVfioPci(model).Where(candidate => named || MmioReadWorkload.HarmlessRegister(candidate) is not null),
                "no function whose registers are known (an NVMe controller, an edu device) is bound to vfio-pci: name device=, bar= and offset=.");
            return new MmioReadWorkload(System, parameters, device, model.Pci.Find(device));
        });
}
