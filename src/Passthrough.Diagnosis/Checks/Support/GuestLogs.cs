using Passthrough.Host.Guests;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>What QEMU's logs say about guests: history, never a failure of now.</summary>
internal static class GuestLogs
{
    /// <summary>One saying of a guest's log: the verdict it is worth, and in words when it was.</summary>
    internal sealed record Saying(string Subject, Verdict Verdict, string When, string Text, Citation Evidence);

    /// <summary>
    /// The last line of these kinds in each guest's log: a Warn when it came after the guest's last start, a Note when the guest was
    /// started since. A log that is there and could not be read is Unknown.
    /// </summary>
    public static IEnumerable<Saying> Find(HostModel model, LogEventKind kind, Func<LogEvent, bool>? accepts = null)
    {
        foreach (GuestLog log in model.Guests.Logs)
        {
            string subject = "domain:" + log.Guest;
            if (!log.Content.IsKnown)
            {
                yield return new Saying(subject, Verdict.Unknown, "", Quote.Unseen(log.Content), Quote.Of(log.Content));
            }
            else if (log.Content.Value!.Of(kind).LastOrDefault(item => accepts?.Invoke(item) != false) is { } last)
            {
                bool isLatest = last.Line > log.LastStart;
                yield return new Saying(subject, isLatest ? Verdict.Warn : Verdict.Note, isLatest ? "at its latest start" : "before its latest start",
                    last.Text, new Citation(log.Content.Source, last.Line, Host.Evidence.Reading.Shorten(last.Text)));
            }
        }
    }
}
