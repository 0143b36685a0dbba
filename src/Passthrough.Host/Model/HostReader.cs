using Passthrough.Host.Acpi;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
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
        Recorder record = source as Recorder ?? new Recorder(source);
        TextGate recorder = new(record);
        KernelLog log = KernelLogReader.Read(recorder);
        KernelInfo kernel = KernelReader.Read(recorder, log);
        PciInventory pci = PciReader.Read(recorder);
        CpuInfo cpu = CpuReader.Read(recorder);
        DmiInfo dmi = DmiReader.Read(recorder);
        Reading<string> hypervisor = recorder.ReadText("/sys/hypervisor/type");
        return new HostModel
        {
            Source = source.Kind,
            Cpu = cpu,
            Memory = MemoryReader.Read(recorder),
            Kernel = kernel,
            Acpi = AcpiReader.Read(recorder),
            Dmi = dmi,
            BootedByUefi = UsageReader.ReadUefi(recorder),
            HypervisorType = hypervisor,
            HypervisorSignature = HypervisorReader.ReadSignature(recorder),
            Pci = pci,
            Iommu = IommuReader.Read(recorder, pci),
            Interrupts = InterruptReader.Read(recorder, pci),
            Log = log,
            Vfio = VfioReader.Read(recorder),
            Kvm = VfioReader.ReadKvm(recorder),
            Limits = LimitsReader.Read(recorder),
            Usage = UsageReader.Read(recorder, pci),
            Privilege = PrivilegeReader.Read(recorder),
            Gaps = GapFinder.Find(record),
            IsVirtualMachine = DmiReader.IsVirtualMachine(cpu, dmi, hypervisor),
        };
    }
}
