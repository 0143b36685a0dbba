using System.Buffers;
using Passthrough.Host.Pci;

namespace Passthrough.Host.Logs;

/// <summary>
/// Classifies a kernel log line by line in one pass. Takes any text: dmesg, syslog, journal, raw records, mails. A line gives one
/// event at most, and a [Firmware …] event beside it.
/// </summary>
public static class LogClassifier
{
    /// <summary>Longest event text.</summary>
    public const int MaximumText = 400;

    // A record of the kernel's ring holds at most about 1 KB (kernel/printk); what stands further right is no kernel text.
    private const int MaximumLine = 4096;

    private static readonly LogRule[] Rules = [.. IommuRules.All, .. DeviceRules.All];

    private static readonly string[] Levels = ["Bug", "Warn", "Info"];

    // Words that stand in many of the texts below: one of them stands for all. Few texts make the quick search; up to 80 are searched for without a tree.
    private static readonly string[] Common = ["iommu", "AMD-Vi", "vfio", "remapping", "x2apic", "SNP"];

    // A line without any of these texts is no event: the longest stem of every rule and the texts read by code.
    private static readonly SearchValues<string> Anchors = SearchValues.Create(
        [.. Common, .. Rules.Select(rule => rule.Stems.MaxBy(stem => stem.Length)!).Concat(
            ["Linux version ", "ommand line:", "[Firmware ", "callbacks suppressed", "Request device [", "Event logged [",
            "Unhandled context fault", "Adding device ", "DRHD base:", "RMRR base:", "root bus resource [mem "])
            .Where(static text => !Array.Exists(Common, word => text.Contains(word, StringComparison.OrdinalIgnoreCase)))],
        StringComparison.OrdinalIgnoreCase);

    /// <summary>Classifies the text. Never throws, whatever it holds.</summary>
    public static ClassifiedLog Classify(string text)
    {
        var state = new LogState();
        int line = 0;
        for (int start = 0; start < text.Length;)
        {
            int end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end;
            line++;
            ReadOnlySpan<char> content = text.AsSpan(start, Math.Min(end - start, MaximumLine));
            if (content.ContainsAny(Anchors))
            {
                ReadLine(state, LogPrefix.Trim(content), line);
            }

            start = end + 1;
        }

        return state.ToLog(line);
    }

    private static void ReadLine(LogState state, ReadOnlySpan<char> message, int line)
    {
        if (state.TakeBoot(message))
        {
            return;
        }

        AddFirmware(state, message, line);
        if (message.Contains("callbacks suppressed", StringComparison.Ordinal) && NamesFaults(message))
        {
            state.FaultsSuppressed = true;
        }

        if (FaultLine.Read(message, line, Cut(message)) is { } fault)
        {
            state.Events.Add(fault);
            return;
        }

        state.TakeUnits(message);
        if (AddGroup(state, message, line))
        {
            return;
        }

        if (Recognise(message, line) is { } found)
        {
            state.Events.Add(found);
        }
    }

    private static LogEvent? Recognise(ReadOnlySpan<char> message, int line)
    {
        foreach (LogRule rule in Rules)
        {
            if (rule.Matches(message))
            {
                return new LogEvent
                {
                    Line = line,
                    Kind = rule.Kind,
                    Text = Cut(message),
                    Device = LogFields.FirstAddress(message),
                    Reason = rule.Kind == LogEventKind.UnknownOption ? Quoted(message) : null,
                    CheckIds = rule.CheckIds,
                    Meaning = rule.Meaning,
                };
            }
        }

        return IsVfioError(message)
            ? new LogEvent
            {
                Line = line,
                Kind = LogEventKind.VfioError,
                Text = Cut(message),
                Device = LogFields.FirstAddress(message),
                Meaning = "VFIO or a program that uses it reports an error.",
            }
            : null;
    }

    // A printer that names VFIO before a colon, and a word of failure behind it. Bus errors are the device's, not VFIO's.
    private static bool IsVfioError(ReadOnlySpan<char> message)
    {
        int name = message.IndexOf("vfio", StringComparison.OrdinalIgnoreCase);
        int colon = name < 0 ? -1 : message[name..].IndexOf(": ");
        if (colon < 0 || message.Contains("AER:", StringComparison.Ordinal) || message.Contains("PCIe Bus Error", StringComparison.Ordinal)
            || message.StartsWith("Modules linked in", StringComparison.Ordinal))
        {
            return false;
        }

        ReadOnlySpan<char> rest = message[(name + colon)..];
        foreach (string word in DeviceRules.ErrorWords)
        {
            if (rest.Contains(word, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static void AddFirmware(LogState state, ReadOnlySpan<char> message, int line)
    {
        int start = message.IndexOf("[Firmware ", StringComparison.Ordinal);
        if (start < 0)
        {
            return;
        }

        ReadOnlySpan<char> rest = message[(start + "[Firmware ".Length)..];
        foreach (string level in Levels)
        {
            if (rest.StartsWith(level, StringComparison.Ordinal) && rest[level.Length..].StartsWith("]", StringComparison.Ordinal))
            {
                state.Events.Add(new LogEvent
                {
                    Line = line,
                    Kind = LogEventKind.FirmwareBug,
                    Text = Cut(message),
                    Device = LogFields.FirstAddress(message),
                    Level = level,
                    CheckIds = FirmwareChecks(message),
                    Meaning = level switch
                    {
                        "Bug" => "The kernel reports a defect of the firmware.",
                        "Warn" => "The kernel warns of what the firmware says or does.",
                        _ => "The kernel notes a peculiarity of the firmware.",
                    },
                });
                return;
            }
        }
    }

    private static string[] FirmwareChecks(ReadOnlySpan<char> message) =>
        message.Contains("RMRR", StringComparison.Ordinal) ? ["FW-007", "FW-002"]
        : message.Contains("not in IVRS table", StringComparison.Ordinal) || message.Contains("has no mapping iommu", StringComparison.Ordinal)
            || message.Contains("southbridge IOAPIC", StringComparison.Ordinal) ? ["FW-012"]
        : message.Contains("DMAR", StringComparison.Ordinal) || message.Contains("AMD-Vi", StringComparison.Ordinal)
            || message.Contains("IVRS", StringComparison.Ordinal) ? ["FW-002"]
        : [];

    private static bool AddGroup(LogState state, ReadOnlySpan<char> message, int line)
    {
        const string current = ": Adding to iommu group ";
        const string former = "Adding device ";
        PciAddress? device;
        ReadOnlySpan<char> number;
        int start = message.LastIndexOf(current, StringComparison.Ordinal);
        if (start >= 0)
        {
            device = LogFields.PrintName(message[..start]);
            number = message[(start + current.Length)..];
        }
        else
        {
            start = message.LastIndexOf(former, StringComparison.Ordinal);
            ReadOnlySpan<char> rest = start < 0 ? [] : message[(start + former.Length)..];
            int to = rest.IndexOf(" to group ", StringComparison.Ordinal);
            if (to < 0)
            {
                return false;
            }

            device = PciAddress.TryParse(rest[..to], out PciAddress address) ? address : null;
            number = rest[(to + " to group ".Length)..];
        }

        int length = number.IndexOfAnyExceptInRange('0', '9');
        number = length < 0 ? number : number[..length];
        if (number.Length is 0 or > 9)
        {
            return false;
        }

        if (device is { } function)
        {
            state.Groups[function] = number.ToString();
        }

        state.Events.Add(new LogEvent
        {
            Line = line,
            Kind = LogEventKind.GroupAssigned,
            Text = Cut(message),
            Device = device,
            CheckIds = ["IOM-002", "IOM-003"],
            Meaning = "The kernel put this device into the IOMMU group named here.",
        });
        return true;
    }

    private static bool NamesFaults(ReadOnlySpan<char> message) =>
        message.Contains("fault", StringComparison.OrdinalIgnoreCase) || message.Contains("iommu", StringComparison.OrdinalIgnoreCase)
        || message.Contains("dmar", StringComparison.OrdinalIgnoreCase) || message.Contains("smmu", StringComparison.OrdinalIgnoreCase)
        || message.Contains("AMD-Vi", StringComparison.OrdinalIgnoreCase);

    private static string? Quoted(ReadOnlySpan<char> message)
    {
        ReadOnlySpan<char> rest = LogFields.After(message, "option - ").Trim();
        ReadOnlySpan<char> word = rest.Trim('\'');
        return word.Length > 0 ? word.ToString() : null;
    }

    private static string Cut(ReadOnlySpan<char> message) =>
        (message.Length <= MaximumText ? message : message[..MaximumText]).ToString();
}
