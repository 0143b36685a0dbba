using System.Globalization;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Interrupts;

/// <summary>
/// Parses /proc/interrupts of any architecture (kernel/irq/proc.c, show_interrupts): a header with the online CPUs, numbered
/// rows "N: counts chip hwirq[-type] actions" and named rows "NMI: counts text". A cut row keeps what it has.
/// </summary>
public static class InterruptTableParser
{
    private const string NotAsked = "affinity is not asked for by the table";

    /// <summary>Parses the text; null when no line is a header or a row.</summary>
    public static InterruptTable? Parse(string text)
    {
        List<int>? columns = null;
        var lines = new List<InterruptLine>();
        var named = new Dictionary<string, long>(StringComparer.Ordinal);
        int number = 0;
        foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
        {
            number++;
            ReadOnlySpan<char> line = raw.Trim();
            if (columns is null && TryHeader(line, out List<int> header))
            {
                columns = header;
                continue;
            }

            int colon = line.IndexOf(':');
            if (colon <= 0)
            {
                continue;
            }

            ReadOnlySpan<char> label = line[..colon].TrimEnd();
            List<long> counts = ReadCounts(line[(colon + 1)..], columns?.Count, out ReadOnlySpan<char> rest);
            if (IsDigits(label))
            {
                lines.Add(Row(label.ToString(), counts, rest, number));
            }
            else if (counts.Count > 0 && label.IndexOfAny(" \t") < 0)
            {
                named[label.ToString()] = Sum(counts);
            }
        }

        return columns is not null || lines.Count > 0 || named.Count > 0
            ? new InterruptTable(columns, lines, named)
            : null;
    }

    /// <summary>Splits what follows the counts into the chip with its hardware number, and the handlers.</summary>
    public static (string Chip, string Action) SplitChip(string text)
    {
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
        {
            return ("", "");
        }

        // The hardware number follows the chip's name, which may have several words ("Hyper-V PCIe MSI 4096-edge").
        int last = 0;
        for (int i = 1; i < Math.Min(words.Length, 4); i++)
        {
            if (IsHardwareNumber(words[i]))
            {
                last = i;
                break;
            }
        }

        // Where the kernel is built to show the trigger, it stands as a word of its own.
        if (last + 1 < words.Length && words[last + 1] is "Level" or "Edge")
        {
            last++;
        }

        return (string.Join(' ', words[..(last + 1)]), string.Join(' ', words[(last + 1)..]));
    }

    private static InterruptLine Row(string irq, List<long> counts, ReadOnlySpan<char> rest, int number)
    {
        (string chip, string action) = SplitChip(rest.ToString());
        string folder = "/proc/irq/" + irq;
        return new InterruptLine
        {
            Irq = irq,
            Chip = chip,
            Action = action,
            Counts = counts,
            Line = number,
            Device = InterruptNames.Device(chip, action),
            Kind = InterruptNames.Kind(chip, action),
            Affinity = Reading.Missing<CpuSet>(Outcome.NotRecorded, folder + "/smp_affinity_list", NotAsked),
            EffectiveAffinity = Reading.Missing<CpuSet>(Outcome.NotRecorded, folder + "/effective_affinity_list", NotAsked),
            Node = Reading.Missing<long>(Outcome.NotRecorded, folder + "/node", NotAsked),
        };
    }

    private static bool TryHeader(ReadOnlySpan<char> line, out List<int> columns)
    {
        columns = [];
        foreach (Range range in line.SplitAny(" \t"))
        {
            ReadOnlySpan<char> word = line[range];
            if (word.Length == 0)
            {
                continue;
            }

            if (!word.StartsWith("CPU", StringComparison.Ordinal)
                || !int.TryParse(word[3..], NumberStyles.None, CultureInfo.InvariantCulture, out int cpu))
            {
                return false;
            }

            columns.Add(cpu);
        }

        return columns.Count > 0;
    }

    // No chip's name is all digits, so the leading numbers are the counts; the header limits them for rows without a chip.
    private static List<long> ReadCounts(ReadOnlySpan<char> text, int? limit, out ReadOnlySpan<char> rest)
    {
        var counts = new List<long>(limit ?? 4);
        rest = text.TrimStart();
        while (rest.Length > 0 && (limit is null || counts.Count < limit))
        {
            int end = rest.IndexOfAny(' ', '\t');
            ReadOnlySpan<char> word = end < 0 ? rest : rest[..end];
            if (!long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out long count))
            {
                break;
            }

            counts.Add(count);
            rest = end < 0 ? [] : rest[end..].TrimStart();
        }

        return counts;
    }

    private static bool IsDigits(ReadOnlySpan<char> text) => text.Length > 0 && text.IndexOfAnyExceptInRange('0', '9') < 0;

    private static bool IsHardwareNumber(string word)
    {
        ReadOnlySpan<char> body = word.StartsWith('-') ? word.AsSpan(1) : word;
        int dash = body.IndexOf('-');
        return IsDigits(dash < 0 ? body : body[..dash]) && (dash < 0 || dash + 1 < body.Length);
    }

    // Counters of a hostile text may be larger than a sum can hold; the sum then stops at the largest number.
    private static long Sum(List<long> counts)
    {
        long sum = 0;
        foreach (long count in counts)
        {
            sum = count > long.MaxValue - sum ? long.MaxValue : sum + count;
        }

        return sum;
    }
}
