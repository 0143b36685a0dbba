using System.Globalization;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Usage;

/// <summary>Finds the framebuffer that firmware left and a simple driver still holds. Source: kernel/resource.c (/proc/iomem), drivers/firmware/sysfb.c.</summary>
public static class FramebufferReader
{
    /// <summary>What is asked.</summary>
    internal const string Path = "/proc/iomem";

    private static readonly string[] _names = ["BOOTFB", "efifb", "simplefb", "simple-framebuffer", "vesafb", "vesadrmfb", "efidrmfb"];

    /// <summary>Reads the ranges. Lines are "  start-end : name"; without root every address is zero.</summary>
    public static Reading<IReadOnlyList<MemoryRange>> Read(IEvidence evidence)
    {
        Answer answer = evidence.Ask(Question.Read(Path));
        if (!answer.IsFound)
        {
            return Reading.Missing<IReadOnlyList<MemoryRange>>(answer.Outcome, Path, answer.Why);
        }

        var found = new List<MemoryRange>();
        bool addressesShown = false;
        string[] lines = answer.Text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string[] halves = lines[i].Split(" : ", 2);
            string[] ends = halves[0].Trim().Split('-');
            if (halves.Length < 2 || ends.Length != 2
                || !ulong.TryParse(ends[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong start)
                || !ulong.TryParse(ends[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong end))
            {
                continue;
            }

            addressesShown |= end != 0;
            string name = halves[1].Trim();
            if (Array.Exists(_names, known => name.StartsWith(known, StringComparison.Ordinal)))
            {
                found.Add(new MemoryRange(start, end, name, i + 1));
            }
        }

        return addressesShown
            ? Reading.Of<IReadOnlyList<MemoryRange>>(found, Path)
            : Reading.Missing<IReadOnlyList<MemoryRange>>(Outcome.Denied, Path, "the kernel shows no addresses without root");
    }
}

/// <summary>A range of physical addresses, both ends included, its name and its line in /proc/iomem.</summary>
public sealed record MemoryRange(ulong Start, ulong End, string Name, int Line);
