using System.Globalization;
using System.Text;

namespace Passthrough.Study.Faults;

/// <summary>The table of mended faults.</summary>
/// <param name="Cases">All cases.</param>
public sealed record MendTable(IReadOnlyList<MendCase> Cases)
{
    /// <summary>The page in Markdown.</summary>
    public string ToMarkdown(string command)
    {
        var text = new StringBuilder("# Mended faults\n\n");
        text.Append(CultureInfo.InvariantCulture, $"""
            Each row is a fault planted in a QEMU guest: the audit's verdict while it stood, what `ptdiag tune apply` did, the verdict afterwards, and whether `ptdiag tune undo`
            left the machine as it was (every file below /etc byte for byte with its owner and permissions, and the values, drivers and modules that a plan may touch).
            Made by `{command}`: {Cases.Count(item => item.IsRight)} of {Cases.Count} mended and brought back.

            | machine | planted | before | what was done | after | after the undo |
            |---|---|---|---|---|---|

            """);
        foreach (MendCase item in Cases)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {item.Machine.Name} | {Cell(item.Machine.Summary)} | {Cell(item.Trouble is { } trouble ? "not run: " + trouble : item.Before)} | {Cell(string.Join("; ", item.Steps))} | {item.After} | ")
                .Append(item.Trouble is not null ? "" : item.Traces.Count == 0 ? "as before" : Cell("differs: " + string.Join("; ", item.Traces.Take(4)))).Append(" |\n");
        }

        return text.ToString();
    }

    private static string Cell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
}
