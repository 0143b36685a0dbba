using System.Globalization;
using Passthrough.Bench.Native;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;

namespace Passthrough.Bench.Workloads.Storage;

/// <summary>
/// Whether anything uses a block device or file that is about to be overwritten. The kernel's own answer is O_EXCL, which
/// the device is opened with; this finds the words for it, and the uses that claim nothing (a guest's disk that QEMU has open).
/// </summary>
internal static class BlockUse
{
    /// <summary>Why it must not be overwritten, a clause; null when no use was found.</summary>
    public static string? Of(ISystemCalls system, HostModel model, BlockTarget target)
    {
        if (target.IsFile)
        {
            string path = Canonical(system, target.Path);
            return UseOfFile(system, path) ?? Holder(system, [path]);
        }

        if (target.KernelName is not { } name)
        {
            return "sysfs does not tell which device it is";
        }

        if (target.Function is { } function && model.Usage.Uses.TryGetValue(function, out IReadOnlyList<string>? uses) && uses.Count > 0)
        {
            return $"{function}, which serves it, is in use by this host ({string.Join(", ", uses)})";
        }

        if (model.Source == SourceKind.Live && !model.Usage.IsSeen)
        {
            return "what this host has mounted could not be read";
        }

        List<string> family = Family(system, name);
        return Mounted(system, family) ?? Swapped(system, family) ?? Held(system, family)
            ?? Holder(system, [target.Path, .. family.Select(member => "/dev/" + member)]);
    }

    // A write to a disk hits its partitions, and a write to a partition hits whatever uses the whole disk.
    private static List<string> Family(ISystemCalls system, string name)
    {
        string folder = "/sys/class/block/" + name;
        List<string> family = [name];
        if (system.List(folder, out IReadOnlyList<string> entries) == 0)
        {
            family.AddRange(entries.Where(entry => system.ReadNumber($"{folder}/{entry}/partition") is not null));
        }

        if (system.ReadNumber(folder + "/partition") is not null && system.ReadLink(folder, out string link) == 0
            && link.Split('/') is { Length: > 1 } parts)
        {
            family.Add(parts[^2]);
        }

        return family;
    }

    private static string? Mounted(ISystemCalls system, List<string> family)
    {
        if (system.ReadText("/proc/self/mountinfo") is not { } text)
        {
            return "/proc/self/mountinfo could not be read, so it is not known whether it is mounted";
        }

        // Example: "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue".
        string[][] mounts = [.. text.Split('\n').Select(line => line.Split(' ')).Where(words => words.Length > 6)];
        foreach (string member in family)
        {
            string? number = system.ReadText($"/sys/class/block/{member}/dev")?.Trim();
            foreach (string[] words in mounts)
            {
                // btrfs shows a number of its own; the source names one of its devices.
                int dash = Array.IndexOf(words, "-");
                if (words[2] == number || (dash > 0 && words.Length > dash + 2 && words[dash + 2] == "/dev/" + member))
                {
                    return $"{member} is mounted at {words[4]}";
                }
            }
        }

        return null;
    }

    private static string? Swapped(ISystemCalls system, List<string> family) =>
        system.ReadText("/proc/swaps") is { } text
        && family.Find(member => Swaps(text).Contains("/dev/" + member, StringComparer.Ordinal)) is { } swap
            ? $"{swap} is swap space" : null;

    private static IEnumerable<string> Swaps(string text) =>
        text.Split('\n').Skip(1).Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 1)
            .Select(words => words[0]);

    private static string? Held(ISystemCalls system, List<string> family)
    {
        foreach (string member in family)
        {
            if (system.List($"/sys/class/block/{member}/holders", out IReadOnlyList<string> holders) == 0 && holders.Count > 0)
            {
                return $"{member} is part of {string.Join(", ", holders)} (LVM, RAID, multipath or encryption)";
            }
        }

        return null;
    }

    // The kernel's tables show where links lead, whatever name the user chose.
    private static string Canonical(ISystemCalls system, string path)
    {
        int descriptor = system.Open(path, LinuxFlags.ReadOnly);
        if (descriptor < 0)
        {
            return path;
        }

        string? real = system.ReadLink(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}"), out string target) == 0 ? target : null;
        _ = system.Close(descriptor);
        return real ?? path;
    }

    private static string? UseOfFile(ISystemCalls system, string path)
    {
        if (system.ReadText("/proc/swaps") is { } text && Swaps(text).Contains(path, StringComparer.Ordinal))
        {
            return "it is a swap file";
        }

        _ = system.List("/sys/class/block", out IReadOnlyList<string> devices);
        return devices.FirstOrDefault(device => system.ReadText($"/sys/class/block/{device}/loop/backing_file")?.Trim() == path) is { } loop
            ? $"it is the content of {loop}" : null;
    }

    // QEMU opens a disk without O_EXCL: only its descriptor tells that a guest owns it.
    private static string? Holder(ISystemCalls system, IReadOnlyList<string> paths)
    {
        _ = system.List("/proc", out IReadOnlyList<string> processes);
        foreach (string process in processes)
        {
            if (!int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out int id) || id == Environment.ProcessId
                || system.List($"/proc/{process}/fd", out IReadOnlyList<string> descriptors) != 0)
            {
                continue;
            }

            foreach (string descriptor in descriptors)
            {
                if (system.ReadLink($"/proc/{process}/fd/{descriptor}", out string target) == 0 && paths.Contains(target, StringComparer.Ordinal))
                {
                    string command = system.ReadText($"/proc/{process}/comm")?.Trim() ?? "a program";
                    return $"{command} (process {process}) has {target} open";
                }
            }
        }

        return null;
    }
}
