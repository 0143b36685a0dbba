using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;

namespace Passthrough.Diagnosis.Checks;

/// <summary>Turns readings into citations and into the words for what could not be seen.</summary>
internal static class Quote
{
    /// <summary>Path, line and excerpt of a reading; for a missing one what happened stands in parentheses.</summary>
    public static Citation Of<T>(Reading<T> reading) => new(reading.Source, reading.Line,
        reading.IsKnown ? reading.Excerpt ?? Reading.Shorten(reading.Value?.ToString()) : $"({Outcome(reading)})");

    /// <summary>A line of the kernel log.</summary>
    public static Citation Of(KernelLog log, LogEvent item) => new(log.Content.Source, item.Line, Reading.Shorten(item.Text));

    /// <summary>What happened to a reading that is not known, with the reason where there is one.</summary>
    public static string Outcome<T>(Reading<T> reading)
    {
        string word = reading.Outcome switch
        {
            Host.Evidence.Outcome.Found => "found",
            Host.Evidence.Outcome.Absent => "absent",
            Host.Evidence.Outcome.Denied => "denied",
            Host.Evidence.Outcome.Failed => "not readable",
            Host.Evidence.Outcome.Withheld => "not read, so as not to disturb the device",
            _ => "not recorded",
        };
        return string.IsNullOrEmpty(reading.Why) ? word : $"{word}: {reading.Why}";
    }

    /// <summary>A sentence with what is missing and what to do to know it.</summary>
    public static string Unseen<T>(Reading<T> reading) => $"{reading.Source} is {Outcome(reading)}. {HowToKnow(reading)}";

    /// <summary>What to do to know a reading that is not known.</summary>
    public static string HowToKnow<T>(Reading<T> reading) => reading.Outcome switch
    {
        Host.Evidence.Outcome.Denied => "Run ptdiag as root on the host itself (root inside a container is not enough).",
        Host.Evidence.Outcome.Withheld => "Wake the device (use it, or write \"on\" to its power/control) and run again.",
        Host.Evidence.Outcome.Failed => "Read the file by hand, as root, to see what it holds.",
        Host.Evidence.Outcome.Absent => "Look on the running machine: run \"ptdiag check\" there as root.",
        _ => "Record it on the machine: run \"ptdiag bundle create\" there as root.",
    };

    /// <summary>"1 group", "2 groups".</summary>
    public static string Count(long count, string singular, string? plural = null) =>
        FormattableString.Invariant($"{count} {(count == 1 ? singular : plural ?? singular + "s")}");

    /// <summary>A list a person reads: at most <paramref name="limit"/> items, then how many more.</summary>
    public static string List(IEnumerable<string> items, int limit = 8)
    {
        string[] all = [.. items];
        return all.Length <= limit
            ? string.Join(", ", all)
            : FormattableString.Invariant($"{string.Join(", ", all.Take(limit))} and {all.Length - limit} more");
    }

    /// <summary>Different sentences, at most four, and how many more there are.</summary>
    public static string Sentences(IEnumerable<string> sentences)
    {
        string[] all = [.. sentences.Distinct()];
        string text = string.Join(' ', all.Take(4));
        return all.Length <= 4 ? text : FormattableString.Invariant($"{text} And {all.Length - 4} more of this kind.");
    }

    /// <summary>Bytes in the largest binary unit that divides them.</summary>
    public static string Bytes(long bytes)
    {
        (string Unit, int Shift)[] units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
        foreach ((string unit, int shift) in units)
        {
            if (bytes >= 1L << shift && (bytes & ((1L << shift) - 1)) == 0)
            {
                return FormattableString.Invariant($"{bytes >> shift} {unit}");
            }
        }

        return FormattableString.Invariant($"{bytes} bytes");
    }
}
