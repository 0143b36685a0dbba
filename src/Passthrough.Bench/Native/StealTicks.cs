using System.Globalization;

namespace Passthrough.Bench.Native;

/// <summary>Time a hypervisor ran something else while a CPU of this guest wanted to run. Source: proc_stat(5), the eighth number of a cpu line.</summary>
internal static class StealTicks
{
    private const int Column = 8;

    /// <summary>Ticks (1/USER_HZ, 10 ms) of one CPU, or of all for null; null when the kernel does not tell.</summary>
    public static long? Read(ISystemCalls system, int? cpu) => system.ReadText("/proc/stat") is { } text ? Parse(text, cpu) : null;

    /// <summary>Parses "cpu0 10 0 20 300 0 0 1 5 0 0": user nice system idle iowait irq softirq steal guest guest_nice.</summary>
    public static long? Parse(string text, int? cpu)
    {
        string name = cpu is { } number ? string.Create(CultureInfo.InvariantCulture, $"cpu{number}") : "cpu";
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > Column && words[0] == name)
            {
                return long.TryParse(words[Column], NumberStyles.None, CultureInfo.InvariantCulture, out long ticks) ? ticks : null;
            }
        }

        return null;
    }
}
