using System.Globalization;
using System.Text.RegularExpressions;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Pci.Pasted;

/// <summary>One function while its lines are read. What was told first stays; what is never told is not recorded.</summary>
internal sealed partial class PastedDevice(PciAddress address)
{
    private readonly PastedCapabilities _capabilities = new();
    private readonly List<PciBar> _bars = [];
    private PciDevice _device = PciDevices.Unknown(address, PastedReader.Source);
    private bool _hasCapabilityLines;

    /// <summary>The address.</summary>
    public PciAddress Address => address;

    /// <summary>The group named so far.</summary>
    public string? Group => _device.IommuGroup.Or(null);

    /// <summary>The key of the last line with a key: a line without one continues it.</summary>
    public string Section { get; set; } = "";

    /// <summary>The text shows kernel modules, so a bound driver would be shown too.</summary>
    public bool HasKernelLines { get; set; }

    /// <summary>The capabilities that hold the reset flag were shown in detail.</summary>
    public bool HasDeviceCapabilities { get; set; }

    /// <summary>A flag of function level reset was shown as set.</summary>
    public bool Flr { get; set; }

    /// <summary>Takes what stands behind the address: class, name, ids, revision.</summary>
    public void TakeDescription(string text, int line)
    {
        if (PastedLine.NumericClass().Match(text) is { Success: true } numeric)
        {
            TakeClass(numeric.Groups["code"].Value, numeric.Groups["rest"].Value, line);
            TakeIds(numeric.Groups["vendor"].Value, numeric.Groups["device"].Value, line);
            TakeName(numeric.Groups["rest"].Value, line);
        }
        else if (PastedLine.Class().Match(text) is { Success: true } named)
        {
            string rest = named.Groups["rest"].Value;
            TakeClass(named.Groups["code"].Value, rest, line);
            if (_device.DeviceName is null && NameEnd().Replace(rest, "").Trim() is { Length: > 0 } name)
            {
                _device = _device with { DeviceName = name };
            }

            TakeName(rest, line);
        }
    }

    /// <summary>Takes ids and revision from the end of a name.</summary>
    public void TakeName(string text, int line)
    {
        MatchCollection pairs = IdPair().Matches(text);
        if (pairs.Count > 0)
        {
            TakeIds(pairs[^1].Groups["first"].Value, pairs[^1].Groups["second"].Value, line);
        }

        if (!_device.Revision.IsKnown && RevisionText().Match(text) is { Success: true } revision)
        {
            _device = _device with { Revision = Known((byte)Hex(revision.Groups["revision"].Value), line) };
        }
    }

    /// <summary>Takes vendor and device id.</summary>
    public void TakeIds(string vendor, string device, int line)
    {
        if (!_device.VendorId.IsKnown)
        {
            _device = _device with { VendorId = Known((ushort)Hex(vendor), line), DeviceId = Known((ushort)Hex(device), line) };
        }
    }

    /// <summary>Takes the ids of a Subsystem line.</summary>
    public bool TakeSubsystem(string text, int line)
    {
        MatchCollection pairs = IdPair().Matches(text);
        if (pairs.Count > 0 && !_device.SubsystemVendorId.IsKnown)
        {
            _device = _device with
            {
                SubsystemVendorId = Known((ushort)Hex(pairs[^1].Groups["first"].Value), line),
                SubsystemDeviceId = Known((ushort)Hex(pairs[^1].Groups["second"].Value), line),
            };
        }

        return true;
    }

    /// <summary>Takes the group.</summary>
    public void TakeGroup(string group, int line) => _device = _device with { IommuGroup = Known(group, line) };

    /// <summary>Takes the driver in use.</summary>
    public bool TakeDriver(string name, int line)
    {
        HasKernelLines = true;
        if (name.Length > 0 && !_device.Driver.IsKnown)
        {
            _device = _device with { Driver = Known(name, line) };
        }

        return true;
    }

    /// <summary>Takes the NUMA node.</summary>
    public bool TakeNode(string text, int line)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long node))
        {
            _device = _device with { NumaNode = Known(node, line) };
        }

        return true;
    }

    /// <summary>Takes what stands behind "Capabilities:".</summary>
    public void TakeCapability(string text)
    {
        _hasCapabilityLines = true;
        _capabilities.Take(text);
    }

    /// <summary>Takes a speed of the link.</summary>
    public void TakeSpeed(bool isMaximum, double rate, int line) => _device = _device with
    {
        Link = isMaximum ? _device.Link with { MaxSpeedGTps = Known(rate, line) } : _device.Link with { SpeedGTps = Known(rate, line) },
    };

    /// <summary>Takes a width of the link.</summary>
    public void TakeWidth(bool isMaximum, int lanes, int line) => _device = _device with
    {
        Link = isMaximum ? _device.Link with { MaxWidth = Known(lanes, line) } : _device.Link with { Width = Known(lanes, line) },
    };

    /// <summary>Takes a BAR. Regions below a capability are those of virtual functions.</summary>
    public void TakeBar(PciBar bar)
    {
        if (!_hasCapabilityLines && _bars.TrueForAll(known => known.Index != bar.Index))
        {
            _bars.Add(bar);
        }
    }

    /// <summary>The function as far as the text tells it.</summary>
    public PciDevice Build() => _device with
    {
        Capabilities = _capabilities.Build(HasDeviceCapabilities ? Flr : null),
        Bars = _bars.Count > 0 ? Reading.Of<IReadOnlyList<PciBar>>(_bars, PastedReader.Source) : _device.Bars,
        Driver = !_device.Driver.IsKnown && HasKernelLines
            ? Reading.Missing<string>(Outcome.Absent, PastedReader.Source, "the text names modules and no driver in use")
            : _device.Driver,
    };

    private void TakeClass(string code, string rest, int line)
    {
        if (code.Length == 4 && !_device.ClassCode.IsKnown)
        {
            uint face = ProgrammingInterface().Match(rest) is { Success: true } match ? Hex(match.Groups["face"].Value) : 0;
            _device = _device with { ClassCode = Known((Hex(code) << 8) | face, line) };
        }
    }

    private static Reading<T> Known<T>(T value, int line) => Reading.Of(value, PastedReader.Source, null, line);

    private static uint Hex(string digits) => uint.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\[(?<first>[0-9a-fA-F]{4}):(?<second>[0-9a-fA-F]{4})\]", RegexOptions.CultureInvariant)]
    private static partial Regex IdPair();

    [GeneratedRegex(@"\(rev (?<revision>[0-9a-fA-F]{2})\)", RegexOptions.CultureInvariant)]
    private static partial Regex RevisionText();

    [GeneratedRegex(@"\(prog-if (?<face>[0-9a-fA-F]{2})", RegexOptions.CultureInvariant)]
    private static partial Regex ProgrammingInterface();

    /// <summary>Ids, revision and programming interface behind a name.</summary>
    [GeneratedRegex(@"(\s*(\[[0-9a-fA-F]{4}:[0-9a-fA-F]{4}\]|\(rev [0-9a-fA-F]{2}\)|\(prog-if [^)]*\)))+\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex NameEnd();
}
