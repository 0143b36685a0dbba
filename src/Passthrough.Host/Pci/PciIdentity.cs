using System.Globalization;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Pci;

/// <summary>What a function is, as uevent, its own attributes, modalias or config space tell it, in this order (the class: its attribute before uevent).</summary>
/// <param name="Vendor">Vendor id.</param>
/// <param name="Device">Device id.</param>
/// <param name="SubsystemVendor">Subsystem vendor id.</param>
/// <param name="SubsystemDevice">Subsystem device id.</param>
/// <param name="ClassCode">24-bit class code.</param>
/// <param name="Revision">Revision.</param>
internal sealed record PciIdentity(Reading<ushort> Vendor, Reading<ushort> Device, Reading<ushort> SubsystemVendor,
    Reading<ushort> SubsystemDevice, Reading<uint> ClassCode, Reading<byte> Revision)
{
    /// <summary>Reads the attributes of one function and fills what they do not tell from the other places.</summary>
    public static PciIdentity Read(PciFolder folder, PciUevent uevent, Reading<PciConfigSpace> config)
    {
        // uevent was read already and holds the four ids: a file for each is asked only where it does not.
        Reading<ushort> vendor = Id(uevent.Vendor, uevent, folder, "vendor");
        Reading<ushort> device = Id(uevent.Device, uevent, folder, "device");
        Reading<ushort> subsystemVendor = Id(uevent.SubsystemVendor, uevent, folder, "subsystem_vendor");
        Reading<ushort> subsystemDevice = Id(uevent.SubsystemDevice, uevent, folder, "subsystem_device");
        Reading<uint> classCode = folder.Read("class", static (string text, out uint value) => TryHex(text, 0xffffff, out value));
        Reading<byte> revision = folder.Read("revision", static (string text, out byte value) =>
        {
            bool parsed = TryHex(text, 0xff, out uint number);
            value = (byte)number;
            return parsed;
        });

        if (vendor.IsKnown && device.IsKnown && subsystemVendor.IsKnown && subsystemDevice.IsKnown && classCode.IsKnown && revision.IsKnown)
        {
            return new PciIdentity(vendor, device, subsystemVendor, subsystemDevice, classCode, revision);
        }

        string alias = folder.PathOf("modalias");
        PciModalias? modalias = null;
        if (!(vendor.IsKnown && device.IsKnown && classCode.IsKnown && subsystemVendor.IsKnown && subsystemDevice.IsKnown))
        {
            Reading<PciModalias?> read = folder.Read("modalias", static (string text, out PciModalias? value) => PciModalias.TryParse(text, out value));
            modalias = read.Or(null);
        }

        var bytes = new PciConfigIds(config.Or(null));
        string raw = folder.PathOf("config");
        return new PciIdentity(
            First(vendor, uevent.Vendor, uevent.Source, modalias?.Vendor, alias, bytes.Vendor, raw),
            First(device, uevent.Device, uevent.Source, modalias?.Device, alias, bytes.Device, raw),
            First(subsystemVendor, uevent.SubsystemVendor, uevent.Source, modalias?.SubsystemVendor, alias, bytes.SubsystemVendor, raw),
            First(subsystemDevice, uevent.SubsystemDevice, uevent.Source, modalias?.SubsystemDevice, alias, bytes.SubsystemDevice, raw),
            First(classCode, uevent.ClassCode, uevent.Source, modalias?.ClassCode, alias, bytes.ClassCode, raw),
            First(revision, null, uevent.Source, null, alias, bytes.Revision, raw));
    }

    /// <summary>Parses hex with or without <c>0x</c>, up to a largest value.</summary>
    public static bool TryHex(ReadOnlySpan<char> text, uint largest, out uint value) =>
        uint.TryParse(text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text,
            NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value) && value <= largest;

    /// <summary>Parses hex of up to 16 bits.</summary>
    public static ushort? Hex16(ReadOnlySpan<char> text) => TryHex(text, 0xffff, out uint value) ? (ushort)value : null;

    private static Reading<ushort> Id(ushort? told, PciUevent uevent, PciFolder folder, string name) =>
        told is { } id ? Reading.Of(id, uevent.Source) : Hex16(folder, name);

    private static Reading<ushort> Hex16(PciFolder folder, string name) =>
        folder.Read(name, static (string text, out ushort value) =>
        {
            ushort? parsed = Hex16(text);
            value = parsed ?? 0;
            return parsed is not null;
        });

    private static Reading<T> First<T>(Reading<T> own, T? second, string secondSource, T? third, string thirdSource, T? fourth, string fourthSource)
        where T : struct =>
        own.IsKnown ? own
            : second is { } a ? Reading.Of(a, secondSource)
            : third is { } b ? Reading.Of(b, thirdSource)
            : fourth is { } c ? Reading.Of(c, fourthSource)
            : own;
}

/// <summary>Ids as the first 64 bytes of config space hold them. Source: PCI Local Bus 3.0 §6.2.1.</summary>
internal readonly struct PciConfigIds(PciConfigSpace? config)
{
    // A virtual function answers ones here, and so does a function that left the bus: neither is an id.
    private readonly PciConfigSpace? _config = config is { IsDead: false } ? config : null;

    /// <summary>Vendor id.</summary>
    public ushort? Vendor => _config?.Word(0);

    /// <summary>Device id.</summary>
    public ushort? Device => _config?.Word(2);

    /// <summary>Revision.</summary>
    public byte? Revision => _config?.Byte(8);

    /// <summary>Class code.</summary>
    public uint? ClassCode => _config?.Dword(8) >> 8;

    /// <summary>Subsystem vendor id: in the header of type 0 alone.</summary>
    public ushort? SubsystemVendor => IsEndpoint ? _config?.Word(0x2c) : null;

    /// <summary>Subsystem device id.</summary>
    public ushort? SubsystemDevice => IsEndpoint ? _config?.Word(0x2e) : null;

    private bool IsEndpoint => _config is { Length: >= 0x30, HeaderType: 0 };
}
