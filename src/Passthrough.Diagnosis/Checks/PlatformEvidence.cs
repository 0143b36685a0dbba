using Passthrough.Host.Evidence;
using Passthrough.Host.Interrupts;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>Turns readings into citations, and what was not seen into words that say what to do to know.</summary>
internal static class PlatformEvidence
{
    /// <summary>The place and text of a reading; for what is not known, how the read went in parentheses.</summary>
    public static Citation Cite<T>(Reading<T> reading) =>
        new(reading.Source, reading.Line, reading.IsKnown ? reading.Excerpt : $"({OutcomeWords(reading)})");

    /// <summary>The same with a text of one's own, for readings whose excerpt is a whole file or a listing.</summary>
    public static Citation Cite<T>(Reading<T> reading, string excerpt) => new(reading.Source, reading.Line, Reading.Shorten(excerpt));

    /// <summary>A listing with its names.</summary>
    public static Citation CiteNames(Reading<IReadOnlyList<string>> listing) => listing.IsKnown
        ? new(listing.Source, null, Reading.Shorten(listing.Value!.Count == 0 ? "(empty)" : string.Join(' ', listing.Value!)))
        : Cite(listing);

    /// <summary>A line of the kernel log.</summary>
    public static Citation CiteLog(HostModel model, LogEvent line) => new(model.Log.Content.Source, line.Line, Reading.Shorten(line.Text));

    /// <summary>A line of /proc/interrupts.</summary>
    public static Citation CiteInterrupt(HostModel model, InterruptLine line) =>
        new(model.Interrupts.Table.Source, line.Line, Reading.Shorten($"{line.Irq}: {line.Chip} {line.Action}"));

    /// <summary>Events of one kind, none when no log was read.</summary>
    public static IEnumerable<LogEvent> LogEvents(HostModel model, LogEventKind kind) =>
        model.Log.Content.IsKnown ? model.Log.Content.Value!.Of(kind) : [];

    /// <summary>What happened to a reading: "permission denied", "not there" …</summary>
    public static string OutcomeWords<T>(Reading<T> reading) => reading.Outcome switch
    {
        Outcome.Found => "read",
        Outcome.Absent => "not there",
        Outcome.Denied => "permission denied",
        Outcome.Failed => reading.Why is null ? "could not be read" : $"could not be read: {reading.Why}",
        Outcome.Withheld => reading.Why is null ? "not asked" : $"not asked: {reading.Why}",
        _ => "not recorded",
    };

    /// <summary>What to do to know what a reading did not tell, a sentence.</summary>
    public static string HowToKnow<T>(HostModel model, Reading<T> reading) => reading.Outcome switch
    {
        Outcome.Denied => "Run ptdiag as root on the host to know.",
        Outcome.NotRecorded when model.Source == SourceKind.Live => "Run ptdiag as root on the host itself, outside any container, to know.",
        Outcome.NotRecorded => "This recording does not hold it: run ptdiag as root on the machine itself, or record a bundle there as root.",
        Outcome.Failed or Outcome.Withheld => $"Look at {reading.Source} on the machine itself to know.",
        _ when model.Source == SourceKind.Directory => "A folder may not hold what the running kernel shows: run ptdiag as root on the machine itself to know.",
        _ => "Run ptdiag as root on the host itself, outside any container, to know.",
    };

    /// <summary>"X was not seen (permission denied). Run ptdiag …"</summary>
    public static string NotSeen<T>(HostModel model, string what, Reading<T> reading) =>
        $"{what} was not seen ({reading.Source}: {OutcomeWords(reading)}). {HowToKnow(model, reading)}";

    /// <summary>True when a container was recognised; null when its signs could not be looked for.</summary>
    public static bool? InContainer(HostModel model) =>
        model.Privilege.ContainerSigns.IsKnown ? model.Privilege.ContainerSigns.Value!.Count > 0 : null;

    /// <summary>A reading without its value: only how it went and where.</summary>
    public static Reading<string> As<T>(this Reading<T> reading) =>
        new(null, reading.Outcome, reading.Source, reading.Excerpt, reading.Why, reading.Line);
}
