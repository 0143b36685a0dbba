using System.Globalization;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Usage;

/// <summary>Processes that hold VFIO group or device nodes.</summary>
internal static class HolderReader
{
    private const string Folder = "/dev/vfio";

    /// <summary>
    /// The holders. Without a group or device node nobody can hold one, and no process is looked at. When some processes could
    /// not be seen the list would be short, so the reading is denied.
    /// </summary>
    public static Reading<IReadOnlyList<VfioHolder>> Read(IEvidence evidence)
    {
        Answer nodes = evidence.Ask(Question.List(Folder));
        Answer cdevs = evidence.Ask(Question.List(Folder + "/devices"));
        bool isNone = nodes.Outcome == Outcome.Absent
            || (nodes.IsFound && !nodes.Names.Any(name => name is not ("vfio" or "devices")) && cdevs.Names.Length == 0
                && cdevs.Outcome is Outcome.Found or Outcome.Absent);
        if (isNone)
        {
            return Reading.Of<IReadOnlyList<VfioHolder>>([], Folder, "no group or device node");
        }

        if (!nodes.IsFound)
        {
            return Reading.Missing<IReadOnlyList<VfioHolder>>(nodes.Outcome, Folder, nodes.Why);
        }

        Answer answer = evidence.Ask(Question.Query(Queries.VfioHolders));
        return answer.IsFound
            ? Parse(answer.Text)
            : Reading.Missing<IReadOnlyList<VfioHolder>>(answer.Outcome, Queries.VfioHolders, answer.Why);
    }

    /// <summary>Parses the query's lines: <c>pid=4711 node=/dev/vfio/12 guest=win11</c>, last <c>unseen=0</c>.</summary>
    internal static Reading<IReadOnlyList<VfioHolder>> Parse(string text)
    {
        var holders = new List<VfioHolder>();
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = line.Split(' ', 3);
            if (words.Length >= 2 && words[0].StartsWith("pid=", StringComparison.Ordinal) && words[1].StartsWith("node=", StringComparison.Ordinal)
                && int.TryParse(words[0].AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out int process))
            {
                string? guest = words.Length > 2 && words[2].StartsWith("guest=", StringComparison.Ordinal) ? words[2][6..] : null;
                holders.Add(new VfioHolder(words[1][5..], process, guest));
            }
        }

        return QueryContent.Value(text, "unseen") switch
        {
            "0" => Reading.Of<IReadOnlyList<VfioHolder>>(
                [.. holders.OrderBy(holder => holder.Node, StringComparer.Ordinal).ThenBy(holder => holder.ProcessId)], Queries.VfioHolders),
            { } count => Reading.Missing<IReadOnlyList<VfioHolder>>(
                Outcome.Denied, Queries.VfioHolders, $"the open files of {count} processes could not be seen"),
            null => Reading.Failed<IReadOnlyList<VfioHolder>>(Queries.VfioHolders, "it does not tell how many processes could not be seen", text),
        };
    }
}
