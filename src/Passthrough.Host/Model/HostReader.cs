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

        // The functions are the longest part and need nothing of the rest: two readers at a time.
        Task<PciInventory> functions = Task.Factory.StartNew(() => PciReader.ReadWithoutNames(recorder), CancellationToken.None,
            TaskCreationOptions.LongRunning, TaskScheduler.Default);
        KernelLog log = KernelLogReader.Read(recorder);
        KernelInfo kernel = KernelReader.Read(recorder, log);
        CpuInfo cpu = CpuReader.Read(recorder);
        DmiInfo dmi = DmiReader.Read(recorder);
        Reading<string> hypervisor = recorder.ReadText("/sys/hypervisor/type");
        MemoryInfo memory = MemoryReader.Read(recorder);
        AcpiTables acpi = AcpiReader.Read(recorder);
        MemoryLockLimits limits = LimitsReader.Read(recorder);
        Privilege privilege = PrivilegeReader.Read(recorder);
        GuestState guests = GuestReader.Read(recorder);
        PciInventory pci = functions.GetAwaiter().GetResult();
        Task<PciInventory> named = Task.Factory.StartNew(() => PciReader.WithNames(recorder, pci), CancellationToken.None,
            TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var model = new HostModel
        {
            Source = source.Kind,
            Cpu = cpu,
            Memory = memory,
            Kernel = kernel,
            Acpi = acpi,
            Dmi = dmi,
            BootedByUefi = UsageReader.ReadUefi(recorder),
            HypervisorType = hypervisor,
            HypervisorSignature = HypervisorReader.ReadSignature(recorder),
            Pci = pci,
            PciWindows = IoMemoryReader.Read(recorder),
            Iommu = IommuReader.Read(recorder, pci),
            Interrupts = InterruptReader.Read(recorder, pci),
            Log = log,
            Vfio = VfioReader.Read(recorder, pci),
            Kvm = VfioReader.ReadKvm(recorder),
            Limits = limits,
            Usage = UsageReader.Read(recorder, pci),
            Privilege = privilege,
            Framebuffers = FramebufferReader.Read(recorder),
            Guests = guests,
            Gaps = [],
            IsVirtualMachine = DmiReader.IsVirtualMachine(cpu, dmi, hypervisor),
        };
        // Asked last: what could not be seen is known when everything was asked.
        return model with { Pci = named.GetAwaiter().GetResult(), Gaps = GapFinder.Find(record) };

    }
}
