using System.Globalization;
using Passthrough.Host.Cpu;

namespace Passthrough.Bench.Native;

/// <summary>Size of the caches that memory has to get past. Source: Documentation/ABI/testing/sysfs-devices-system-cpu, cache/index*.</summary>
internal static class LastLevelCache
{
    /// <summary>Bytes of all last-level caches that these CPUs use, each counted once; null when the kernel does not show them.</summary>
    public static long? TotalBytes(ISystemCalls system, IEnumerable<int> cpus)
    {
        var counted = new HashSet<string>(StringComparer.Ordinal);
        long total = 0;
        foreach (int cpu in cpus)
        {
            if (Of(system, cpu) is not { } cache)
            {
                return null;
            }

            total += counted.Add(cache.SharedBy) ? cache.Bytes : 0;
        }

        return total > 0 ? total : null;
    }

    private static (long Bytes, string SharedBy)? Of(ISystemCalls system, int cpu)
    {
        string folder = string.Create(CultureInfo.InvariantCulture, $"/sys/devices/system/cpu/cpu{cpu}/cache");
        if (system.List(folder, out IReadOnlyList<string> names) < 0)
        {
            return null;
        }

        long highest = 0;
        (long, string)? found = null;
        foreach (string name in names.Where(name => name.StartsWith("index", StringComparison.Ordinal)))
        {
            if (system.ReadNumber($"{folder}/{name}/level") is { } level && level > highest
                && ParseSize(system.ReadText($"{folder}/{name}/size")) is { } bytes)
            {
                highest = level;
                // Without the list a cache counts as the CPU's own.
                string sharedBy = system.ReadText($"{folder}/{name}/shared_cpu_list")?.Trim() ?? "";
                found = (bytes, CpuSet.TryParse(sharedBy, out CpuSet set) && set.Count > 0 ? sharedBy : cpu.ToString(CultureInfo.InvariantCulture));
            }
        }

        return found;
    }

    // Example: "32768K"
    private static long? ParseSize(string? text)
    {
        ReadOnlySpan<char> digits = text.AsSpan().Trim();
        int shift = digits.Length == 0 ? 0 : digits[^1] switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        return long.TryParse(shift > 0 ? digits[..^1] : digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && number is > 0 and < 1L << 32
            ? number << shift
            : null;
    }
}
