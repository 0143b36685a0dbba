using Passthrough.Host.Pci;

namespace Passthrough.Host.Guests;

/// <summary>Finds assigned functions in QEMU's arguments.</summary>
internal static class QemuArguments
{
    /// <summary>
    /// The function of a device argument such as <c>vfio-pci,host=01:00.0,x-vga=on</c> or <c>vfio-pci,sysfsdev=/sys/…</c>, in QEMU's
    /// own form or as JSON; null for any other argument.
    /// </summary>
    public static GuestDevice? VfioDevice(string? argument)
    {
        string text = argument?.Trim() ?? "";
        bool isJson = text.StartsWith('{');
        if (isJson ? !text.Contains("\"vfio-pci\"", StringComparison.Ordinal) : !text.StartsWith("vfio-pci,", StringComparison.Ordinal))
        {
            return null;
        }

        foreach (string option in text.Trim('{', '}').Split(','))
        {
            string[] words = option.Split(isJson ? [':'] : ['='], 2);
            string name = words[0].Trim(' ', '"');
            string value = words.Length < 2 ? "" : words[1].Trim(' ', '"');
            string place = name == "sysfsdev" ? value[(value.LastIndexOf('/') + 1)..] : value;
            if (name is "host" or "sysfsdev" && PciAddress.TryParse(place, out PciAddress address))
            {
                return new GuestDevice(address, null, null);
            }
        }

        return null;
    }
}
