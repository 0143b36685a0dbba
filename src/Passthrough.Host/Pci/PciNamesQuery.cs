using System.Globalization;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Pci;

/// <summary>Asks a source for the few lines of its pci.ids that a machine needs; see <see cref="Queries.PciNamesPrefix"/>.</summary>
internal static class PciNamesQuery
{
    // Debian and Fedora keep the file in different places.
    internal static IReadOnlyList<string> Places { get; } = ["/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"];

    /// <summary>The query's name for these ids.</summary>
    public static string NameOf(IReadOnlySet<(ushort Vendor, ushort Device)> wanted) => Queries.PciNamesPrefix + string.Join(',',
        wanted.Order().Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Vendor:x4}:{pair.Device:x4}")));

    /// <summary>The ids that the query names; what is of another form is passed over.</summary>
    public static IReadOnlySet<(ushort Vendor, ushort Device)> Wanted(string name)
    {
        var wanted = new HashSet<(ushort, ushort)>();
        foreach (string pair in name[Queries.PciNamesPrefix.Length..].Split(','))
        {
            if (pair.Length == 9
                && ushort.TryParse(pair.AsSpan(0, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort vendor)
                && ushort.TryParse(pair.AsSpan(5), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort device))
            {
                wanted.Add((vendor, device));
            }
        }

        return wanted;
    }

    /// <summary>Answers the query by reading the file through the source itself.</summary>
    public static Answer Ask(IEvidence source, string name)
    {
        Answer last = Answer.Absent;
        foreach (string place in Places)
        {
            last = source.Ask(Question.Read(place));
            if (last.IsFound)
            {
                return Answer.Of(PciIds.Parse(last.Content.Span, Wanted(name)).ToText());
            }
        }

        return last;
    }
}
