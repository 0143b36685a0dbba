using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Results;

namespace Passthrough.Study;

/// <summary>What a result says of the machine it was measured on.</summary>
public static class MachineSummaries
{
    /// <summary>The summary of a model; "emulated" follows from the accelerator and the devices that are really there.</summary>
    public static MachineSummary Of(HostModel model)
    {
        string? reason = EmulationOf(model);
        return new MachineSummary
        {
            Kernel = model.Kernel.Release.Or(null),
            Cmdline = model.Kernel.CommandLine.Or(null)?.Text,
            CpuVendor = model.Cpu.Vendor,
            CpuModel = model.Cpu.ModelName.Or(null),
            Cpus = model.Cpu.Online.IsKnown ? model.Cpu.Online.Value!.Count : null,
            Nodes = model.Memory.Nodes.IsKnown ? model.Memory.AllNodes.Count : null,
            MemoryBytes = model.Memory.TotalBytes.IsKnown ? model.Memory.TotalBytes.Value : null,
            IommuVendor = model.Iommu.Units.Or([])!.Select(unit => unit.Vendor.ToString().ToLowerInvariant()).FirstOrDefault(),
            Clocksource = model.Cpu.Clocksource.Or(null),
            Emulated = reason is not null,
            EmulatedReason = reason,
        };
    }

    private static string? EmulationOf(HostModel model)
    {
        if (model.HypervisorSignature.Or(null) == "TCGTCGTCGTCG")
        {
            return "the processor is emulated in software (QEMU TCG), so figures show that the path works, not how fast hardware is";
        }

        PciDevice? edu = model.Pci.All.FirstOrDefault(device => device.VendorId.Or(0) == 0x1234 && device.DeviceId.Or(0) == 0x11e8);
        if (edu is not null)
        {
            return $"{edu.Address} is QEMU's educational device, not hardware";
        }

        PciDevice? nvme = model.Pci.All.FirstOrDefault(device => device.VendorId.Or(0) == 0x1b36 && device.Class == 0x0108);
        return nvme is null ? null : $"{nvme.Address} is QEMU's emulated NVMe controller";
    }
}
