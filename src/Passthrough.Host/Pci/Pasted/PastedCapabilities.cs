using System.Globalization;
using System.Text.RegularExpressions;

namespace Passthrough.Host.Pci.Pasted;

/// <summary>
/// The "Capabilities:" lines of one function. With at least one of them the list was readable; the extended ones were
/// readable when one of them is shown, or when the function is no PCI Express function and so has none.
/// </summary>
internal sealed partial class PastedCapabilities
{
    private readonly HashSet<int> _standard = [];
    private readonly HashSet<int> _extended = [];
    private bool _isShown;
    private int? _portType;

    /// <summary>Takes one line: <c>[100 v1] Address Translation Service (ATS)</c>, <c>[220 v1] #19</c> or <c>&lt;access denied&gt;</c>.</summary>
    public void Take(string text)
    {
        Match match = Capability().Match(text);
        if (!match.Success)
        {
            return;
        }

        _isShown = true;
        string name = match.Groups["name"].Value;
        bool isExtended = int.Parse(match.Groups["at"].ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) >= 0x100;
        if (Numbered().Match(name) is { Success: true } number)
        {
            int id = int.Parse(number.Groups["id"].ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            (isExtended ? _extended : _standard).Add(id);
        }
        else if (isExtended)
        {
            _extended.Add(ExtendedId(name));
        }
        else
        {
            _standard.Add(StandardId(name));
            _portType ??= PortType(name);
        }
    }

    /// <summary>The capabilities; <paramref name="flr"/> is what the detailed lines told.</summary>
    public PciCapabilities Build(bool? flr)
    {
        if (!_isShown)
        {
            return PciCapabilities.Unknown;
        }

        bool isExpress = _standard.Contains(0x10);
        return new PciCapabilities
        {
            Known = true,
            Msi = _standard.Contains(0x05),
            MsiX = _standard.Contains(0x11),
            Express = isExpress,
            ExpressPortType = _portType,
            Flr = flr ?? (isExpress || _standard.Contains(0x13) ? null : false),
            Acs = Has(0x0d, isExpress),
            Ats = Has(0x0f, isExpress),
            Sriov = Has(0x10, isExpress),
            Pri = Has(0x13, isExpress),
            ResizableBar = Has(0x15, isExpress),
            Pasid = Has(0x1b, isExpress),
        };
    }

    private bool? Has(int id, bool isExpress) =>
        _extended.Contains(id) ? true : _extended.Count > 0 || !isExpress ? false : null;

    private static int StandardId(string name) =>
        name.StartsWith("MSI-X", StringComparison.Ordinal) ? 0x11
        : name.StartsWith("MSI:", StringComparison.Ordinal) || name.StartsWith("Message Signalled Interrupts", StringComparison.Ordinal) ? 0x05
        : name.StartsWith("Express", StringComparison.Ordinal) ? 0x10
        : name.StartsWith("PCI Advanced Features", StringComparison.Ordinal) ? 0x13
        : 0;

    private static int ExtendedId(string name) =>
        name.StartsWith("Access Control Services", StringComparison.Ordinal) ? 0x0d
        : name.StartsWith("Address Translation Service", StringComparison.Ordinal) ? 0x0f
        : name.StartsWith("Single Root I/O Virtualization", StringComparison.Ordinal) ? 0x10
        : name.StartsWith("Page Request Interface", StringComparison.Ordinal) ? 0x13
        : name.StartsWith("Physical Resizable BAR", StringComparison.Ordinal) || name.StartsWith("Resizable BAR", StringComparison.Ordinal) ? 0x15
        : name.StartsWith("Process Address Space ID", StringComparison.Ordinal) ? 0x1b
        : 0;

    /// <summary>The type by the words lspci uses. Source: PCI Express Base 5.0 §7.5.3.2.</summary>
    private static int? PortType(string name) =>
        !name.StartsWith("Express", StringComparison.Ordinal) ? null
        : name.Contains("Root Port", StringComparison.Ordinal) ? 4
        : name.Contains("Upstream Port", StringComparison.Ordinal) ? 5
        : name.Contains("Downstream Port", StringComparison.Ordinal) ? 6
        : name.Contains("PCI-Express to PCI", StringComparison.Ordinal) ? 7
        : name.Contains("to PCI-Express Bridge", StringComparison.Ordinal) ? 8
        : name.Contains("Root Complex Integrated Endpoint", StringComparison.Ordinal) ? 9
        : name.Contains("Root Complex Event Collector", StringComparison.Ordinal) ? 10
        : name.Contains("Legacy Endpoint", StringComparison.Ordinal) ? 1
        : name.Contains("Endpoint", StringComparison.Ordinal) ? 0
        : null;

    [GeneratedRegex(@"^\[(?<at>[0-9a-fA-F]{1,3})( v[0-9]+)?\] *(?<name>.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Capability();

    [GeneratedRegex("^#(?<id>[0-9a-fA-F]{1,4})( |$)", RegexOptions.CultureInvariant)]
    private static partial Regex Numbered();
}
