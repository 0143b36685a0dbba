using System.Globalization;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Network;

/// <summary>Counts of /proc/net/softnet_stat at one instant, by CPU. Source: net/core/net-procfs.c, softnet_seq_show.</summary>
internal sealed class SoftnetCounts
{
    private readonly SortedDictionary<int, Row> _rows = [];

    private SoftnetCounts()
    {
    }

    /// <summary>The rows by CPU.</summary>
    public IReadOnlyDictionary<int, Row> Rows => _rows;

    /// <summary>A CPU's counts; zeros for one that came online later.</summary>
    public Row Of(int cpu) => _rows.GetValueOrDefault(cpu);

    /// <summary>Reads the running machine's; null when the file could not be read.</summary>
    public static SoftnetCounts? Read(ISystemCalls system) => system.ReadText("/proc/net/softnet_stat") is { } text ? Parse(text) : null;

    /// <summary>
    /// Parses lines of hexadecimal words: processed, dropped, time squeeze, six of other meaning, received by steering, flow limit,
    /// and on newer kernels the backlog and the CPU's number; else lines are those of the online CPUs in order. Lines that do not fit are left out.
    /// </summary>
    public static SoftnetCounts Parse(string text)
    {
        var counts = new SoftnetCounts();
        int line = 0;
        foreach (string content in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = content.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            long[] values = new long[words.Length];
            bool fits = words.Length >= 10;
            for (int i = 0; fits && i < words.Length; i++)
            {
                fits = uint.TryParse(words[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value);
                values[i] = value;
            }

            if (fits)
            {
                counts._rows[words.Length >= 13 ? (int)values[12] : line] = new Row(values[0], values[1], values[2], values[9]);
            }

            line++;
        }

        return counts;
    }

    /// <summary>One CPU's counts.</summary>
    /// <param name="Processed">Packets.</param>
    /// <param name="Dropped">Packets dropped for a full backlog.</param>
    /// <param name="Squeezed">Times that work was left for lack of time.</param>
    /// <param name="Steered">Times woken by another CPU's receive packet steering.</param>
    public readonly record struct Row(long Processed, long Dropped, long Squeezed, long Steered);
}
