using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Pci;

/// <summary>
/// Names from the machine's own pci.ids: <c>vvvv  Vendor</c>, then lines of a tab and <c>dddd  Device</c>.
/// Only the ids that are asked for are kept. Source: the format notes at the head of pci.ids.
/// </summary>
public sealed class PciIds
{
    private readonly Dictionary<ushort, string> _vendors = [];
    private readonly Dictionary<uint, string> _devices = [];

    /// <summary>No name is known.</summary>
    public static PciIds Empty { get; } = new();

    /// <summary>Reads the file of Debian or Fedora, whichever is there, for these vendor and device ids.</summary>
    public static PciIds Read(IEvidence evidence, IReadOnlySet<(ushort Vendor, ushort Device)> wanted)
    {
        if (wanted.Count == 0)
        {
            return Empty;
        }

        Answer answer = evidence.Ask(Question.Query(PciNamesQuery.NameOf(wanted)));
        return answer.IsFound ? Parse(answer.Content.Span, wanted) : Empty;
    }

    /// <summary>The names in the file's own form, ordered by id: what <see cref="Parse"/> of the whole file and of this text gives is the same.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        foreach (ushort vendor in _vendors.Keys.Order())
        {
            text.Append(CultureInfo.InvariantCulture, $"{vendor:x4}  {_vendors[vendor]}\n");
            foreach ((uint key, string name) in _devices.Where(entry => entry.Key >> 16 == vendor).OrderBy(entry => entry.Key))
            {
                text.Append(CultureInfo.InvariantCulture, $"\t{(ushort)key:x4}  {name}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>Parses the file. Lines of another form are passed over.</summary>
    public static PciIds Parse(ReadOnlySpan<byte> content, IReadOnlySet<(ushort Vendor, ushort Device)> wanted)
    {
        var scan = new Scan(wanted);
        scan.Feed(content);
        return scan.Found;
    }

    /// <summary>The vendor's name, or null.</summary>
    public string? Vendor(ushort vendor) => _vendors.GetValueOrDefault(vendor);

    /// <summary>The device's name, or null.</summary>
    public string? Device(ushort vendor, ushort device) => _devices.GetValueOrDefault(((uint)vendor << 16) | device);

    private static bool TryEntry(ReadOnlySpan<byte> line, out ushort id, out ReadOnlySpan<byte> name)
    {
        name = default;
        if (line.Length < 7 || !Utf8Parser.TryParse(line[..4], out id, out int used, 'x') || used != 4 || line[4] != ' ')
        {
            id = 0;
            return false;
        }

        name = line[5..].Trim((byte)' ').TrimEnd((byte)'\r');
        return !name.IsEmpty;
    }

    /// <summary>Reads the file in pieces of whole lines, so that a megabyte need not be held for a few names.</summary>
    internal sealed class Scan(IReadOnlySet<(ushort Vendor, ushort Device)> wanted)
    {
        // For more vendors than this, looking at each line is no slower than searching for each vendor.
        private const int FewVendors = 8;

        private readonly HashSet<ushort> _vendors = [.. wanted.Select(pair => pair.Vendor)];
        private readonly byte[][] _lineStarts = LineStarts(wanted);
        private ushort? _vendor;

        /// <summary>The names found so far.</summary>
        public PciIds Found { get; } = new();

        /// <summary>The list of vendors has ended: nothing that follows is a name of a device.</summary>
        public bool IsDone { get; private set; }

        /// <summary>Takes the next lines.</summary>
        public void Feed(ReadOnlySpan<byte> lines)
        {
            while (!lines.IsEmpty && !IsDone)
            {
                if (_vendor is null && lines[0] == (byte)'\t' && _lineStarts.Length > 0)
                {
                    lines = FromVendor(lines);
                }

                int end = lines.IndexOf((byte)'\n');
                ReadOnlySpan<byte> line = end < 0 ? lines : lines[..end];
                lines = end < 0 ? [] : lines[(end + 1)..];
                if (!line.IsEmpty && line[0] != '#')
                {
                    Take(line);
                }
            }
        }

        private static byte[][] LineStarts(IReadOnlySet<(ushort Vendor, ushort Device)> wanted)
        {
            ushort[] vendors = [.. wanted.Select(pair => pair.Vendor).Distinct()];
            return vendors.Length > FewVendors ? [] : [.. vendors.Select(vendor => Encoding.UTF8.GetBytes($"\n{vendor:x4} "))];
        }

        /// <summary>The lines from the next one that can matter: devices of other vendors are nine tenths of the file, and classes begin with a letter.</summary>
        private ReadOnlySpan<byte> FromVendor(ReadOnlySpan<byte> lines)
        {
            int next = lines.Length;
            foreach (byte[] start in _lineStarts)
            {
                int at = lines[..next].IndexOf(start);
                next = at < 0 ? next : at + 1;
            }

            return lines[next..];
        }

        private void Take(ReadOnlySpan<byte> line)
        {
            if (line[0] != '\t')
            {
                // Device classes follow the vendors and are written alike, behind "C ".
                IsDone = line.StartsWith("C "u8);
                _vendor = !IsDone && TryEntry(line, out ushort id, out ReadOnlySpan<byte> name) && _vendors.Contains(id) ? id : null;
                if (_vendor is { } known && TryEntry(line, out _, out name))
                {
                    Found._vendors.TryAdd(known, Encoding.UTF8.GetString(name));
                }
            }
            else if (line.Length > 1 && line[1] != (byte)'\t' && _vendor is { } owner && TryEntry(line[1..], out ushort device, out ReadOnlySpan<byte> name) && wanted.Contains((owner, device)))
            {
                Found._devices.TryAdd(((uint)owner << 16) | device, Encoding.UTF8.GetString(name));
            }
        }
    }
}
