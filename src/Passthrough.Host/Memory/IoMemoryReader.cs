using System.Globalization;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Memory;

/// <summary>A range of physical addresses that belongs to a PCI bus; the end is inclusive.</summary>
/// <param name="Name">What the kernel calls it: "PCI Bus 0000:00".</param>
/// <param name="Start">First address.</param>
/// <param name="End">Last address.</param>
public sealed record IoWindow(string Name, ulong Start, ulong End);

/// <summary>Reads the windows of host bridges from /proc/iomem, which shows zeros without CAP_SYS_ADMIN.</summary>
public static class IoMemoryReader
{
    private const string File = "/proc/iomem";

    /// <summary>
    /// The top-level ranges of PCI buses. Denied when all addresses are zero, for that is how the kernel hides them
    /// (kernel/resource.c, r_show). Failed when no line is of the expected form.
    /// </summary>
    public static Reading<IReadOnlyList<IoWindow>> Read(IEvidence evidence)
    {
        Answer answer = evidence.Ask(Question.Read(File));
        if (!answer.IsFound)
        {
            return Reading.Missing<IReadOnlyList<IoWindow>>(answer.Outcome, File, answer.Why);
        }

        var windows = new List<IoWindow>();
        bool any = false, hidden = true;
        foreach (string line in answer.Text.Split('\n'))
        {
            if (!TryParse(line, out IoWindow window))
            {
                continue;
            }

            any = true;
            hidden &= window.End == 0;

            // What is indented lies inside the range above it.
            if (!line.StartsWith(' ') && window.Name.StartsWith("PCI Bus ", StringComparison.Ordinal))
            {
                windows.Add(window);
            }
        }

        return !any ? Reading.Failed<IReadOnlyList<IoWindow>>(File, "no line of it is of the form \"start-end : name\"")
            : hidden ? Reading.Missing<IReadOnlyList<IoWindow>>(Outcome.Denied, File, "it shows zeros for all addresses")
            : Reading.Of<IReadOnlyList<IoWindow>>(windows, File);
    }

    /// <summary>Parses "100000000-87f7fffff : System RAM".</summary>
    public static bool TryParse(string line, out IoWindow window)
    {
        window = new IoWindow("", 0, 0);
        int colon = line.IndexOf(" : ", StringComparison.Ordinal);
        int dash = line.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0 || colon < dash || !Hex(line[..dash].Trim(), out ulong start) || !Hex(line[(dash + 1)..colon].Trim(), out ulong end))
        {
            return false;
        }

        window = new IoWindow(line[(colon + 3)..].Trim(), start, end);
        return true;
    }

    private static bool Hex(string text, out ulong value) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
