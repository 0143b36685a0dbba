using Passthrough.Host.Evidence;

namespace Passthrough.Host.Pci;

/// <summary>
/// What a function's uevent tells: <c>DRIVER=nvme</c>, <c>PCI_CLASS=10802</c>, <c>PCI_ID=144D:A808</c>, <c>PCI_SUBSYS_ID=144D:A801</c>.
/// Source: drivers/pci/pci-driver.c (pci_uevent), drivers/base/core.c (dev_uevent).
/// </summary>
internal sealed record PciUevent
{
    /// <summary>The path that was asked.</summary>
    public required string Source { get; init; }

    /// <summary>The file was read and holds the lines of a PCI function: a missing DRIVER line then means that no driver is bound.</summary>
    public bool IsComplete { get; private init; }

    /// <summary>DRIVER.</summary>
    public string? Driver { get; private init; }

    /// <summary>Vendor of PCI_ID.</summary>
    public ushort? Vendor { get; private init; }

    /// <summary>Device of PCI_ID.</summary>
    public ushort? Device { get; private init; }

    /// <summary>Vendor of PCI_SUBSYS_ID.</summary>
    public ushort? SubsystemVendor { get; private init; }

    /// <summary>Device of PCI_SUBSYS_ID.</summary>
    public ushort? SubsystemDevice { get; private init; }

    /// <summary>PCI_CLASS.</summary>
    public uint? ClassCode { get; private init; }

    /// <summary>Parses an answer; what is not found tells nothing.</summary>
    public static PciUevent Parse(string source, Answer answer)
    {
        var uevent = new PciUevent { Source = source };
        if (!answer.IsFound)
        {
            return uevent;
        }

        foreach (ReadOnlySpan<char> raw in answer.Text.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> line = raw.Trim();
            int equals = line.IndexOf('=');
            if (equals > 0)
            {
                uevent = uevent.With(line[..equals], line[(equals + 1)..]);
            }
        }

        return uevent;
    }

    private PciUevent With(ReadOnlySpan<char> key, ReadOnlySpan<char> value)
    {
        switch (key)
        {
            case "DRIVER":
                return value.IsEmpty ? this : this with { Driver = value.ToString() };
            case "PCI_CLASS":
                return this with { ClassCode = PciIdentity.TryHex(value, 0xffffff, out uint code) ? code : null };
            case "PCI_SLOT_NAME":
                return this with { IsComplete = true };
            case "PCI_ID":
                (ushort? vendor, ushort? device) = Pair(value);
                return this with { Vendor = vendor, Device = device };
            case "PCI_SUBSYS_ID":
                (ushort? subsystemVendor, ushort? subsystemDevice) = Pair(value);
                return this with { SubsystemVendor = subsystemVendor, SubsystemDevice = subsystemDevice };
            default:
                return this;
        }
    }

    private static (ushort? First, ushort? Second) Pair(ReadOnlySpan<char> text)
    {
        int colon = text.IndexOf(':');
        return colon < 0 ? (null, null) : (PciIdentity.Hex16(text[..colon]), PciIdentity.Hex16(text[(colon + 1)..]));
    }
}
