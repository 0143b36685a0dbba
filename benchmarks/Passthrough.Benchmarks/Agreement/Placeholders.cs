using System.Globalization;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Benchmarks.Agreement;

/// <summary>What the words in braces of a row stand for on this machine.</summary>
/// <param name="model">The machine.</param>
/// <param name="dataFile">Makes the file of the block rows and returns its path.</param>
/// <param name="peer">Starts the other side of the network rows and returns its address.</param>
internal sealed class Placeholders(HostModel model, Func<string> dataFile, Func<string> peer)
{
    /// <summary>The CPU of measuring threads: the last one, since the first serves most of a kernel's own work.</summary>
    public int Cpu { get; } = model.Cpu.Online.IsKnown ? model.Cpu.Online.Value!.Members[^1] : Environment.ProcessorCount - 1;

    /// <summary>The parameters with every word in braces replaced.</summary>
    /// <exception cref="AgreementException">The machine does not have what one stands for.</exception>
    public SortedDictionary<string, string> Fill(IReadOnlyDictionary<string, string> parameters)
    {
        var filled = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in parameters)
        {
            filled[name] = value switch
            {
                "{cpu}" => Cpu.ToString(CultureInfo.InvariantCulture),
                "{cpus}" => model.Cpu.Online.IsKnown ? model.Cpu.Online.Value!.ToString() : throw new AgreementException("which CPUs are online could not be read."),
                "{file}" => dataFile(),
                "{peer}" => peer(),
                "{vfio}" => OnVfio("no function is bound to vfio-pci", _ => true),
                "{vfioNvme}" => OnVfio("no NVMe controller is bound to vfio-pci", IsNvme),
                "{edu}" => OnVfio("no edu device (1234:11e8) is bound to vfio-pci", device => device.VendorId.Or(0) == 0x1234 && device.DeviceId.Or(0) == 0x11e8),
                "{kernelNvme}" => KernelNvme(),
                _ => value,
            };
        }

        return filled;
    }

    // Class 0108 is a non-volatile memory controller.
    private static bool IsNvme(PciDevice device) => device.Class == 0x0108;

    private string OnVfio(string otherwise, Func<PciDevice, bool> fits) =>
        model.Pci.All.FirstOrDefault(device => device.Driver.Or(null) == "vfio-pci" && fits(device))?.Address.ToString()
            ?? throw new AgreementException(otherwise + " here.");

    private static string KernelNvme() =>
        Directory.EnumerateFiles("/dev", "nvme*n1").Order(StringComparer.Ordinal).FirstOrDefault()
            ?? throw new AgreementException("no NVMe drive is on the kernel's own driver here.");
}
