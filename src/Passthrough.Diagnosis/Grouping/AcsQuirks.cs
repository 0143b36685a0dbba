using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Grouping;

/// <summary>
/// The kernel keeps a list of devices whose isolation it knows in spite of their registers (pci_dev_specific_acs_enabled in
/// drivers/pci/quirks.c). The list grows with each release and is not visible on a machine, so what is told here is only
/// whether it <em>may</em> hold a function: where it may, missing ACS proves nothing.
/// </summary>
internal static class AcsQuirks
{
    private const ushort Intel = 0x8086;

    // Solarflare, Emulex (two ids), Cavium, Applied Micro, Ampere, Qualcomm, HXT, Broadcom, Annapurna, Zhaoxin, NXP, Wangxun, Loongson.
    private static readonly ushort[] _vendors =
        [0x1924, 0x19a2, 0x10df, 0x177d, 0x10e8, 0x1def, 0x17cb, 0x1dbf, 0x14e4, 0x1c36, 0x1d17, 0x1957, 0x8088, 0x0014];

    // AMD and ATI south bridge functions.
    private static readonly ushort[] _southBridges = [0x4385, 0x439c, 0x4383, 0x439d, 0x4384, 0x4399, 0x780f, 0x7809];

    /// <summary>
    /// True where the list may hold a function that has no working ACS. Of Intel's these are root ports of chipsets, integrated
    /// endpoints and network functions; unknown ids may be anything.
    /// </summary>
    public static bool MayHold(PciDevice device)
    {
        if (!device.VendorId.IsKnown)
        {
            return true;
        }

        return device.VendorId.Value switch
        {
            Intel => device.Capabilities.Express != false
                && (device.Capabilities.ExpressPortType is 4 or 9 || device.Class is null || device.Class.Value >> 8 == 0x02),
            0x1002 or 0x1022 => !device.DeviceId.IsKnown || _southBridges.Contains(device.DeviceId.Value),
            ushort vendor => _vendors.Contains(vendor),
        };
    }

    /// <summary>
    /// Root ports of Intel's 100 and 200 series and of their mobile relatives, whose ACS registers are 32 bits wide and therefore
    /// not where the specification puts them; the kernel reads them by a quirk of their own.
    /// </summary>
    public static bool HasOddRegisters(PciDevice device) => device is { VendorId: { IsKnown: true, Value: Intel }, DeviceId.IsKnown: true }
        && device.Capabilities.ExpressPortType == 4
        && device.DeviceId.Value is (>= 0xa110 and <= 0xa11f) or (>= 0xa167 and <= 0xa16a) or (>= 0xa290 and <= 0xa29f)
            or (>= 0xa2e7 and <= 0xa2ee) or (>= 0x9d10 and <= 0x9d1b);
}
