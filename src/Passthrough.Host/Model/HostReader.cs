using Passthrough.Host.Acpi;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Guests;
using Passthrough.Host.Interrupts;
using Passthrough.Host.Iommu;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Passthrough.Host.Memory;
using Passthrough.Host.Pci;
using Passthrough.Host.Usage;

namespace Passthrough.Host.Model;

/// <summary>Reads the whole model through one door. Order matters only where a later reader needs an earlier answer.</summary>
public static class HostReader
{
    /// <summary>Reads everything. One broken attribute loses that attribute, never the model.</summary>
    public static HostModel Read(IEvidence source)
    {
        // One run sees one consistent snapshot, and the gaps come from what was really asked.
        // Readers look through the gate, which keeps broken text from them; the record keeps what was really answered.
        Recorder record = source as Recorder ?? new Recorder(source, forgetsFunctions: true);
        TextGate recorder = new(record);

        // Half of the work hangs on the functions, half needs nothing of them: two readers at a time.
        Task<Surroundings> other = Task.Factory.StartNew(() => ReadSurroundings(recorder), CancellationToken.None,
            TaskCreationOptions.LongRunning, TaskScheduler.Default);
        PciInventory pci = PciReader.ReadWithoutNames(recorder);
        Reading<IReadOnlyList<IoWindow>> windows = IoMemoryReader.Read(recorder);
        IommuState iommu = IommuReader.Read(recorder, pci);
        InterruptState interrupts = InterruptReader.Read(recorder, pci);
        VfioState vfio = VfioReader.Read(recorder, pci);
        HostUsage usage = UsageReader.Read(recorder, pci);
        PciInventory named = PciReader.WithNames(recorder, pci);
        Surroundings around = other.GetAwaiter().GetResult();
        return new HostModel
        {
            Source = source.Kind,
            Cpu = around.Cpu,
            Memory = around.Memory,
            Kernel = around.Kernel,
            Acpi = around.Acpi,
            Dmi = around.Dmi,
            BootedByUefi = around.BootedByUefi,
            HypervisorType = around.HypervisorType,
            HypervisorSignature = around.HypervisorSignature,
            Pci = named,
            PciWindows = windows,
            Iommu = iommu,
            Interrupts = interrupts,
            Log = around.Log,
            Vfio = vfio,
            Kvm = around.Kvm,
            Limits = around.Limits,
            Usage = usage,
            Privilege = around.Privilege,
            Framebuffers = around.Framebuffers,
            Guests = around.Guests,

            // Asked last: what could not be seen is known when everything was asked.
            Gaps = GapFinder.Find(record),
            IsVirtualMachine = DmiReader.IsVirtualMachine(around.Cpu, around.Dmi, around.HypervisorType),
        };
    }

    private static Surroundings ReadSurroundings(IEvidence evidence)
    {
        KernelLog log = KernelLogReader.Read(evidence);
        return new Surroundings(
            log,
            KernelReader.Read(evidence, log),
            CpuReader.Read(evidence),
            DmiReader.Read(evidence),
            MemoryReader.Read(evidence),
            AcpiReader.Read(evidence),
            LimitsReader.Read(evidence),
            PrivilegeReader.Read(evidence),
            GuestReader.Read(evidence),
            VfioReader.ReadKvm(evidence),
            UsageReader.ReadUefi(evidence),
            FramebufferReader.Read(evidence),
            evidence.ReadText("/sys/hypervisor/type"),
            HypervisorReader.ReadSignature(evidence));
    }

    /// <summary>What of a machine is read without looking at its functions.</summary>
    private sealed record Surroundings(KernelLog Log, KernelInfo Kernel, CpuInfo Cpu, DmiInfo Dmi, MemoryInfo Memory, AcpiTables Acpi,
        MemoryLockLimits Limits, Privilege Privilege, GuestState Guests, KvmState Kvm, Reading<bool> BootedByUefi,
        Reading<IReadOnlyList<MemoryRange>> Framebuffers, Reading<string> HypervisorType, Reading<string> HypervisorSignature);
}
