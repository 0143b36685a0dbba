using System.Globalization;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Pci;

/// <summary>
/// <c>/proc/bus/pci/devices</c>: a line for each function, in hex: bus and devfn, vendor and device, irq, seven starts, seven sizes,
/// then the driver's name. Source: drivers/pci/proc.c (show_device).
/// </summary>
internal static class ProcPciDevices
{
    /// <summary>The file's path.</summary>
    public const string Source = "/proc/bus/pci/devices";

    private const int Windows = 7;

    /// <summary>The functions, none when the file could not be read.</summary>
    public static List<PciDevice> Read(IEvidence evidence)
    {
        Answer answer = evidence.Ask(Question.Read(Source));
        return answer.IsFound ? Parse(answer.Text) : [];
    }

    /// <summary>
    /// Parses the text. The file names no domain: a line is taken for domain 0, and a second line of the same address,
    /// which belongs to another domain, is passed over.
    /// </summary>
    public static List<PciDevice> Parse(string text)
    {
        var devices = new Dictionary<PciAddress, PciDevice>();
        foreach (string line in text.Split('\n'))
        {
            string[] fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length >= 2
                && fields[0].Length == 4 && TryHex(fields[0], out ulong id)
                && fields[1].Length == 8 && TryHex(fields[1], out ulong ids))
            {
                var address = PciAddress.FromRequesterId(0, (ushort)id);
                PciDevice device = PciDevices.Unknown(address, Source) with
                {
                    VendorId = Reading.Of((ushort)(ids >> 16), Source, line),
                    DeviceId = Reading.Of((ushort)ids, Source, line),
                    Bars = Bars(fields, line),
                    Driver = Driver(fields, line),
                };
                devices.TryAdd(address, device);
            }
        }

        return [.. devices.Values];
    }

    private static Reading<string> Driver(string[] fields, string line) =>
        fields.Length > 3 + (2 * Windows) ? Reading.Of(fields[^1], Source, line)
            : fields.Length == 3 + (2 * Windows) ? Reading.Missing<string>(Outcome.Absent, Source, "the line names no driver")
            : Reading.Missing<string>(Outcome.NotRecorded, Source);

    private static Reading<IReadOnlyList<PciBar>> Bars(string[] fields, string line)
    {
        if (fields.Length < 3 + (2 * Windows))
        {
            return Reading.Failed<IReadOnlyList<PciBar>>(Source, "the line is cut", line);
        }

        var bars = new List<PciBar>();
        for (int i = 0; i < 6; i++)
        {
            if (!TryHex(fields[3 + i], out ulong start) || !TryHex(fields[3 + Windows + i], out ulong size))
            {
                return Reading.Failed<IReadOnlyList<PciBar>>(Source, "a window is not a number", line);
            }

            if (size > 0)
            {
                // The low bits are those of the register: bit 0 ports, bits 2:1 = 2 wide, bit 3 prefetchable.
                PciBarKind kind = (start & 1) != 0 ? PciBarKind.Io
                    : (start & 6) == 4 ? PciBarKind.Memory64 : PciBarKind.Memory32;
                ulong mask = kind == PciBarKind.Io ? 3ul : 0xful;
                bars.Add(new PciBar(i, start & ~mask, size, kind, kind != PciBarKind.Io && (start & 8) != 0));
            }
        }

        return Reading.Of<IReadOnlyList<PciBar>>(bars, Source, line);
    }

    private static bool TryHex(string text, out ulong value) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
