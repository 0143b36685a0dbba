using Passthrough.Host.Pci;

namespace Passthrough.Host.Interrupts;

/// <summary>What the names of an interrupt's chip and handlers tell: the function it belongs to and how it is signalled.</summary>
public static class InterruptNames
{
    /// <summary>
    /// The function: in the handler's round brackets ("vfio-msi[0](0000:00:05.0)"), at the chip's end
    /// ("IR-PCI-MSIX-0000:17:00.2"), or in the handler's square brackets ("ahci[0000:00:1f.2]"). Null when none stands there.
    /// </summary>
    public static PciAddress? Device(string chip, string action) =>
        Between(action, '(', ')') ?? AtChip(chip) ?? Between(action, '[', ']');

    /// <summary>
    /// How the interrupt is signalled. The names vfio-intx, vfio-msi and vfio-msix say it. "PCI-MSIX" is MSI-X; "PCI-MSI" with an
    /// address is MSI (per-device domains, Linux 6.2); plain "PCI-MSI" of older kernels stands for both and stays null.
    /// </summary>
    public static InterruptKind? Kind(string chip, string action)
    {
        if (action.Contains("vfio-msix", StringComparison.Ordinal))
        {
            return InterruptKind.Msix;
        }

        if (action.Contains("vfio-msi", StringComparison.Ordinal))
        {
            return InterruptKind.Msi;
        }

        if (action.Contains("vfio-intx", StringComparison.Ordinal) || chip.Contains("IO-APIC", StringComparison.Ordinal))
        {
            return InterruptKind.Intx;
        }

        return chip.Contains("PCI-MSIX", StringComparison.Ordinal) ? InterruptKind.Msix
            : chip.Contains("PCI-MSI-", StringComparison.Ordinal) && AtChip(chip) is not null ? InterruptKind.Msi
            : null;
    }

    /// <summary>
    /// The function that a hardware number of the shared PCI-MSI domain encodes: requester id times 2048 plus the vector, and
    /// the PCI domain from bit 27 (pci_msi_domain_calc_hwirq of drivers/pci/msi, before per-device domains). Null for other chips; the caller
    /// must see that such a function exists.
    /// </summary>
    public static PciAddress? FromHardwareNumber(string chip)
    {
        int blank = chip.LastIndexOf(' ');
        if (blank < 0 || chip[..blank] is not ("PCI-MSI" or "IR-PCI-MSI"))
        {
            return null;
        }

        ReadOnlySpan<char> number = chip.AsSpan(blank + 1);
        int dash = number.IndexOf('-');
        return ulong.TryParse(dash < 0 ? number : number[..dash], System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture, out ulong value) && value >> 27 <= uint.MaxValue
            ? PciAddress.FromRequesterId((uint)(value >> 27), (ushort)(value >> 11))
            : null;
    }

    private static PciAddress? AtChip(string chip)
    {
        int blank = chip.IndexOf(' ', StringComparison.Ordinal);
        ReadOnlySpan<char> name = blank < 0 ? chip : chip.AsSpan(0, blank);
        return PciAddress.TryParse(name[(name.LastIndexOf('-') + 1)..], out PciAddress address) ? address : null;
    }

    private static PciAddress? Between(string text, char open, char close)
    {
        for (int start = text.IndexOf(open, StringComparison.Ordinal); start >= 0; start = text.IndexOf(open, start + 1))
        {
            int end = text.IndexOf(close, start);
            if (end < 0)
            {
                return null;
            }

            if (PciAddress.TryParse(text.AsSpan(start + 1, end - start - 1), out PciAddress address))
            {
                return address;
            }
        }

        return null;
    }
}
