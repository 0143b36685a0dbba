using Passthrough.Host.Pci;

namespace Passthrough.Host.Logs;

/// <summary>What the lines so far have told.</summary>
internal sealed class LogState
{
    private readonly SortedSet<ulong> _drhd = [];
    private readonly SortedSet<(ulong Base, ulong Limit)> _rmrr = [];
    private readonly SortedSet<PciAddress> _units = [];
    private readonly SortedSet<(ulong Start, ulong End)> _windows = [];
    private bool _reachesBoot;
    private string? _release;
    private string? _early;
    private string? _final;

    /// <summary>Events in order of their lines.</summary>
    public List<LogEvent> Events { get; } = [];

    /// <summary>Last group of each function.</summary>
    public Dictionary<PciAddress, string> Groups { get; } = [];

    /// <summary>Some faults were not printed.</summary>
    public bool FaultsSuppressed { get; set; }

    /// <summary>Takes the lines that say which kernel booted with what. Their text may hold any word, so they are no events.</summary>
    public bool TakeBoot(ReadOnlySpan<char> message)
    {
        if (message.StartsWith("Linux version ", StringComparison.Ordinal))
        {
            // A new boot begins; the command line of the one before is not its own.
            _reachesBoot = true;
            _early = _final = null;
            _release = LogFields.Token(message["Linux version ".Length..]).ToString();
            return true;
        }

        if (message.StartsWith("Kernel command line:", StringComparison.Ordinal))
        {
            _final = message["Kernel command line:".Length..].Trim().ToString();
            return true;
        }

        if (message.StartsWith("Command line:", StringComparison.Ordinal))
        {
            _early = message["Command line:".Length..].Trim().ToString();
            return true;
        }

        return message.Contains("kernel command line parameters", StringComparison.Ordinal)
            && !message.Contains("Unknown kernel command line parameters", StringComparison.Ordinal);
    }

    /// <summary>Takes register bases, reserved ranges and AMD units.</summary>
    public void TakeUnits(ReadOnlySpan<char> message)
    {
        if (LogFields.Hex(LogFields.After(message, "DRHD base:").TrimStart()) is { } unit)
        {
            _drhd.Add(unit);
        }

        ReadOnlySpan<char> range = LogFields.After(message, "RMRR base:").TrimStart();
        if (LogFields.Hex(range) is { } first && LogFields.Hex(LogFields.After(range, "end:").TrimStart()) is { } last)
        {
            _rmrr.Add((first, last));
        }

        ReadOnlySpan<char> window = LogFields.After(message, "root bus resource [mem ");
        if (LogFields.Hex(window) is { } start && LogFields.Hex(LogFields.After(window, "-")) is { } end)
        {
            _windows.Add((start, end));
        }

        int amd = message.IndexOf(": AMD-Vi:", StringComparison.Ordinal);
        if (amd > 0 && LogFields.PrintName(message[..amd]) is { } function
            && message[..amd].Contains("pci " + function, StringComparison.Ordinal))
        {
            _units.Add(function);
        }

        if (PciAddress.TryParse(LogFields.Token(LogFields.After(message, "Found IOMMU at ")), out PciAddress named))
        {
            _units.Add(named);
        }
    }

    /// <summary>The log as far as it was told.</summary>
    public ClassifiedLog ToLog(int lines) => new()
    {
        Lines = lines,
        Events = Events,
        ReachesBoot = _reachesBoot,
        FaultsSuppressed = FaultsSuppressed,
        Drhd = [.. _drhd],
        Rmrr = [.. _rmrr],
        AmdUnits = [.. _units],
        Groups = Groups.GroupBy(entry => entry.Value).ToDictionary(group => group.Key,
            group => (IReadOnlyList<PciAddress>)[.. group.Select(entry => entry.Key).Order()]),
        RootWindows = [.. _windows],
        KernelRelease = _release,
        CommandLine = _final ?? _early,
    };
}
