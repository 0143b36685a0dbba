using System.Text.RegularExpressions;
using Passthrough.Host.Evidence;
using Passthrough.Host.Iommu;

namespace Passthrough.Host.Pci.Pasted;

/// <summary>Goes through a pasted text line by line, knowing the function and the group it is in.</summary>
internal sealed class PastedReader
{
    /// <summary>What readings of a pasted text name as their source.</summary>
    public const string Source = "pasted text";

    private readonly Dictionary<PciAddress, PastedDevice> _devices = [];
    private readonly Dictionary<string, SortedSet<string>> _others = new(StringComparer.Ordinal);
    private readonly List<string> _problems = [];
    private PastedDevice? _device;
    private int _deviceIndent;
    private string? _group;
    private bool _hasGroupMembers;
    private bool _mayWrap;
    private int _line;

    /// <summary>Reads the text.</summary>
    public PastedListing Read(string text)
    {
        foreach (string raw in text.Split('\n'))
        {
            _line++;
            ReadLine(PastedLine.Unquote(raw));
        }

        List<PciDevice> devices = [.. _devices.Values.Select(device => device.Build()).OrderBy(device => device.Address)];
        return new PastedListing(devices, BuildGroups(devices), _problems);
    }

    private void ReadLine(string line)
    {
        bool mayWrap = _mayWrap;
        _mayWrap = false;
        int indent = PastedLine.Indent(line);
        string text = line.Trim();
        if (text.Length == 0)
        {
            _device = null;
            if (_hasGroupMembers)
            {
                _group = null;
            }
        }
        else if (!ReadPath(text) && !ReadGroup(text, indent) && !ReadDevice(text, indent, _group))
        {
            if (_device is not null && !LspciDetail.Read(_device, text, _line) && mayWrap && indent <= _deviceIndent)
            {
                // A mail program broke the line: ids and revision stand at the end of the name.
                _device.TakeName(text, _line);
            }
        }
    }

    /// <summary>Paths below iommu_groups and the kernel's log lines name group and member at once.</summary>
    private bool ReadPath(string text)
    {
        if (PastedLine.GroupFolder().Match(text) is { Success: true } folder)
        {
            StartGroup(folder.Groups["group"].Value);
            return true;
        }

        bool isFound = false;
        foreach (Match match in PastedLine.MemberPath().Matches(text))
        {
            isFound = true;
            string name = match.Groups["name"].Value;
            if (PciAddress.TryParse(name, out PciAddress address))
            {
                Join(Take(address), match.Groups["group"].Value);
            }
            else
            {
                AddOther(match.Groups["group"].Value, name);
            }
        }

        if (!isFound && PastedLine.KernelLog().Match(text) is { Success: true } log
            && PciAddress.TryParse(log.Groups["address"].Value, out PciAddress logged))
        {
            isFound = true;
            Join(Take(logged), log.Groups["group"].Value);
        }

        return isFound;
    }

    private bool ReadGroup(string text, int indent)
    {
        Match match = PastedLine.GroupHead().Match(text);
        if (!match.Success)
        {
            return false;
        }

        string group = match.Groups["group"].Value;
        string rest = match.Groups["rest"].Value.TrimStart(' ', '\t', ':');
        if (_device is not null && indent > _deviceIndent && rest.Length == 0)
        {
            // lspci -vv: a line of the function's own block.
            Join(_device, group);
            return true;
        }

        if (PastedLine.IsOrnament(rest))
        {
            StartGroup(group);
            return true;
        }

        if (!ReadDevice(rest, indent, group))
        {
            return false;
        }

        _group = group;
        _hasGroupMembers = true;
        return true;
    }

    private bool ReadDevice(string text, int indent, string? group)
    {
        Match match = PastedLine.Device().Match(text);
        if (!match.Success || !PciAddress.TryParse(match.Groups["address"].Value, out PciAddress address))
        {
            return false;
        }

        string rest = match.Groups["rest"].Value;
        bool isMarked = match.Groups["bus"].Success || match.Groups["vendor"].Success;
        bool isDescribed = PastedLine.Class().IsMatch(rest) || PastedLine.NumericClass().IsMatch(rest);
        List<PciAddress>? alone = PastedLine.Addresses(text);
        if (!isDescribed && !isMarked && group is null && alone is null)
        {
            return false;
        }

        foreach (PciAddress also in alone ?? [])
        {
            Join(Take(also), group);
        }

        PastedDevice device = Take(address);
        Join(device, group);
        _hasGroupMembers |= group is not null;
        if (_device is not null && _device != device && indent > _deviceIndent && !isDescribed && !isMarked)
        {
            // A list of group members inside another function's block: what follows still belongs to that function.
            return true;
        }

        _device = device;
        _deviceIndent = indent;
        _mayWrap = isDescribed;
        if (match.Groups["vendor"].Success)
        {
            device.TakeIds(match.Groups["vendor"].Value, match.Groups["device"].Value, _line);
        }

        device.TakeDescription(rest, _line);
        return true;
    }

    private void StartGroup(string group)
    {
        _group = group;
        _hasGroupMembers = false;
        _device = null;
        _others.TryAdd(PastedLine.Number(group), new SortedSet<string>(StringComparer.Ordinal));
    }

    private void AddOther(string group, string name)
    {
        string id = PastedLine.Number(group);
        _others.TryAdd(id, new SortedSet<string>(StringComparer.Ordinal));
        _others[id].Add(name);
    }

    private PastedDevice Take(PciAddress address)
    {
        if (!_devices.TryGetValue(address, out PastedDevice? device))
        {
            device = new PastedDevice(address);
            _devices.Add(address, device);
        }

        return device;
    }

    private void Join(PastedDevice device, string? group)
    {
        if (group is null)
        {
            return;
        }

        string id = PastedLine.Number(group);
        if (device.Group is { } before && before != id)
        {
            _problems.Add($"{device.Address} stands in group {before} and, on line {_line}, in group {id}.");
        }

        device.TakeGroup(id, _line);
    }

    private List<IommuGroup> BuildGroups(List<PciDevice> devices)
    {
        var members = _others.Keys.ToDictionary(id => id, _ => new List<PciAddress>(), StringComparer.Ordinal);
        foreach (PciDevice device in devices.Where(device => device.IommuGroup.IsKnown))
        {
            members.TryAdd(device.IommuGroup.Value!, []);
            members[device.IommuGroup.Value!].Add(device.Address);
        }

        // A header without members is a heading of the text, not a group that was seen to be empty.
        return [.. members
            .Where(entry => entry.Value.Count > 0 || (_others.TryGetValue(entry.Key, out SortedSet<string>? names) && names.Count > 0))
            .OrderBy(entry => entry.Key.Length).ThenBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => new IommuGroup
            {
                Id = entry.Key,
                Name = Reading.Missing<string>(Outcome.NotRecorded, Source),
                Type = Reading.Missing<string>(Outcome.NotRecorded, Source),
                Devices = entry.Value,
                OtherMembers = _others.TryGetValue(entry.Key, out SortedSet<string>? others) ? [.. others] : [],
                ReservedRegions = Reading.Missing<IReadOnlyList<ReservedRegion>>(Outcome.NotRecorded, Source),
            })];
    }
}
