using System.Globalization;

namespace Passthrough.Bench.Native;

/// <summary>How often the calling thread left its CPU. Source: proc_pid_status(5).</summary>
/// <param name="Voluntary">It slept.</param>
/// <param name="Involuntary">Another thread took the CPU.</param>
internal readonly record struct ThreadSwitches(long Voluntary, long Involuntary)
{
    private const string Path = "/proc/thread-self/status";

    /// <summary>The calling thread's; null when the kernel does not tell.</summary>
    public static ThreadSwitches? Read(ISystemCalls system) => system.ReadText(Path) is { } text ? Parse(text) : null;

    /// <summary>Parses the lines "voluntary_ctxt_switches:	12" and "nonvoluntary_ctxt_switches:	3".</summary>
    public static ThreadSwitches? Parse(string text) =>
        Count(text, "\nvoluntary_ctxt_switches:") is { } voluntary && Count(text, "\nnonvoluntary_ctxt_switches:") is { } involuntary
            ? new ThreadSwitches(voluntary, involuntary)
            : null;

    private static long? Count(string text, string name)
    {
        int at = ("\n" + text).IndexOf(name, StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        ReadOnlySpan<char> rest = text.AsSpan(at + name.Length - 1);
        int end = rest.IndexOf('\n');
        return long.TryParse(end < 0 ? rest : rest[..end], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out long value)
            ? value
            : null;
    }
}
