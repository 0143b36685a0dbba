using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Vfio;
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

    /// <summary>NVMe controllers (class 0108).</summary>
    public static IEnumerable<PciDevice> Nvme(IEnumerable<PciDevice> devices) => devices.Where(device => device.Class == 0x0108);

    /// <summary>The interface that the parameter "backend" asks for.</summary>
    public static VfioBackend Backend(ParameterSet parameters) => parameters.Choice("backend", "auto", "type1", "iommufd") switch
    {
        "type1" => VfioBackend.Type1,
        "iommufd" => VfioBackend.Iommufd,
        _ => VfioBackend.Auto,
    };

    /// <summary>The pages that the parameter "pages" asks for.</summary>
    public static PageKind Pages(ParameterSet parameters, params ReadOnlySpan<string> words) => parameters.Choice("pages", words) switch
    {
        "2m" => PageKind.Huge2M,
        "1g" => PageKind.Huge1G,
        "thp" => PageKind.Transparent,
        _ => PageKind.Base4K,
    };

    /// <summary>Refuses a function that another driver than vfio-pci, or one made from it, serves: nothing here takes a device away from the host.</summary>
    public static void RequireVfioPci(ISystemCalls system, PciAddress device)
    {
        string? driver = system.ReadLinkName($"/sys/bus/pci/devices/{device}/driver");
        if (driver is null || !driver.EndsWith("vfio-pci", StringComparison.Ordinal))
        {
            throw new BenchException($"{device} is {(driver is null ? "bound to no driver" : $"served by the driver {driver}")}, and only a function that is bound to vfio-pci is measured.");
        }
    }

    /// <summary>Refuses a function whose class is known and not that of an NVMe controller: its registers mean something else.</summary>
    public static void RequireNvme(ISystemCalls system, PciAddress device)
    {
        // Example: "0x010802", class 01, subclass 08, programming interface 02.
        string? text = system.ReadText($"/sys/bus/pci/devices/{device}/class")?.Trim();
        if (text is not null && !text.StartsWith("0x0108", StringComparison.Ordinal))
        {
            throw new BenchException($"{device} is no NVMe controller: its class is {text}, and theirs begins with 0x0108.");
        }
    }

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
