using System.Globalization;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Interrupts;

/// <summary>Counts of /proc/interrupts at one instant. Any text gives an answer; rows that do not fit are left out.</summary>
internal sealed class InterruptCounts
{
    private readonly List<Row> _rows = [];
    private readonly List<int> _cpus = [];

    private InterruptCounts()
    {
    }

    /// <summary>Reads the running machine's; null when the file could not be read.</summary>
    public static InterruptCounts? Read(ISystemCalls system) => system.ReadText("/proc/interrupts") is { } text ? Parse(text) : null;

    /// <summary>Parses the table: a header of CPU names, then "irq: counts… chip hwirq action".</summary>
    public static InterruptCounts Parse(string text)
    {
        var table = new InterruptCounts();
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
            {
                continue;
            }

            if (table._cpus.Count == 0 && words[0].StartsWith("CPU", StringComparison.Ordinal))
            {
                table._cpus.AddRange(words.Select(word =>
                    int.TryParse(word.AsSpan(Math.Min(3, word.Length)), NumberStyles.None, CultureInfo.InvariantCulture, out int cpu) ? cpu : -1));
            }
            else if (words[0].EndsWith(':') && words.Length > table._cpus.Count && TryCounts(words, table._cpus.Count, out long[] counts))
            {
                table._rows.Add(new Row(words[0][..^1], counts, words[(table._cpus.Count + 1)..]));
            }
        }

        return table;
    }

    /// <summary>The CPUs of the table's columns.</summary>
    public IReadOnlyList<int> Cpus => _cpus;

    /// <summary>The number of the interrupt with this action, for example vfio-msi[0](0000:00:05.0); null when no row has it.</summary>
    public string? NumberOf(string action) => _rows.FirstOrDefault(row => row.Has(action))?.Number;

    /// <summary>The sum over CPUs of one interrupt; null when it has no row.</summary>
    public long? Total(string number) => _rows.FirstOrDefault(row => row.Number == number)?.Counts.Sum();

    /// <summary>One interrupt's count on one CPU; null when either is not in the table.</summary>
    public long? OnCpu(string number, int cpu)
    {
        int column = _cpus.IndexOf(cpu);
        return column < 0 ? null : _rows.FirstOrDefault(row => row.Number == number)?.Counts[column];
    }

    /// <summary>
    /// The sum over the I/O queues of an NVMe controller: actions nvmeXqN with N from 1; q0 is the admin queue and counts
    /// only where it is the only vector. Null when the controller has no row.
    /// </summary>
    public long? NvmeQueues(string controller)
    {
        Row[] queues = [.. _rows.Where(row => row.Actions.Any(action => IsQueue(action, controller)))];
        Row[] io = [.. queues.Where(row => row.Actions.Any(action => IsQueue(action, controller) && !action.EndsWith("q0", StringComparison.Ordinal)))];
        return queues.Length == 0 ? null : (io.Length > 0 ? io : queues).Sum(row => row.Counts.Sum());
    }

    private static bool IsQueue(string action, string controller) =>
        action.Length > controller.Length + 1
        && action.StartsWith(controller, StringComparison.Ordinal)
        && action[controller.Length] == 'q'
        && action.AsSpan(controller.Length + 1).IndexOfAnyExceptInRange('0', '9') < 0;

    private static bool TryCounts(string[] words, int columns, out long[] counts)
    {
        counts = new long[columns];
        for (int i = 0; i < columns; i++)
        {
            if (!long.TryParse(words[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out counts[i]))
            {
                return false;
            }
        }

        return true;
    }

    private sealed class Row(string number, long[] counts, string[] words)
    {
        public string Number => number;

        public long[] Counts => counts;

        // Handlers that share a line are separated by a comma.
        public IEnumerable<string> Actions => words.Select(word => word.TrimEnd(','));

        public bool Has(string action) => Actions.Contains(action, StringComparer.Ordinal);
    }
}
