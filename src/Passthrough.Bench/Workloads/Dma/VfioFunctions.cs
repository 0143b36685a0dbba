using Passthrough.Bench.Engine;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads.Dma;

/// <summary>Functions that a VFIO workload can use, from the model and from the parameter.</summary>
internal static class VfioFunctions
{
    private const ushort EduVendor = 0x1234;
    private const ushort EduDevice = 0x11e8;

    /// <summary>Functions bound to vfio-pci.</summary>
    public static IEnumerable<PciDevice> OnVfioPci(HostModel model) => model.Pci.All.Where(device => device.Driver.Or(null) == "vfio-pci");

    /// <summary>QEMU's edu devices (1234:11e8).</summary>
    public static IEnumerable<PciDevice> Edu(IEnumerable<PciDevice> devices) =>
        devices.Where(device => device.VendorId is { IsKnown: true, Value: EduVendor } && device.DeviceId is { IsKnown: true, Value: EduDevice });

    /// <summary>The function that the parameter "device" names, or the first of the candidates; the choice is written into the parameters.</summary>
    public static PciAddress Choose(ParameterSet parameters, IEnumerable<PciDevice> candidates, string none)
    {
        PciAddress chosen;
        if (parameters.Text("device") == ParameterSet.First)
        {
            chosen = candidates.FirstOrDefault()?.Address ?? throw new BenchException(none);
        }
        else if (!PciAddress.TryParse(parameters.Text("device"), out chosen))
        {
            throw parameters.Wrong("device", "a PCI address such as 0000:01:00.0, or \"first\"");
        }

        parameters.Resolve("device", chosen.ToString());
        return chosen;
    }
}
