namespace Passthrough.Host.Pci;

/// <summary>
/// Finds capabilities in config space. A capability that the readable bytes cannot rule out stays unknown (null).
/// Source: PCI Local Bus 3.0 §6.7, PCI Express Base 5.0 §7.5.3 and §7.6, include/uapi/linux/pci_regs.h.
/// </summary>
public static class PciConfigParser
{
    private const int Status = 0x06;
    private const int CapabilityListBit = 0x10;
    private const int CardBusHeader = 2;
    private const int StandardEnd = 0x100;

    /// <summary>Decodes the capabilities. Any content is accepted; 64 bytes or fewer tell nothing.</summary>
    public static PciCapabilities Parse(PciConfigSpace config)
    {
        // A function that left the bus reads as ones everywhere. A virtual function does so in its ids alone.
        if (config.Length <= 64 || config.Word(Status) is null or 0xffff)
        {
            return PciCapabilities.Unknown;
        }

        var standard = new Chain();
        WalkStandard(config, standard);
        PciCapabilities found = ReadStandard(config, standard);
        return config.Length <= StandardEnd ? found : ReadExtended(config, found);
    }

    private static void WalkStandard(PciConfigSpace config, Chain chain)
    {
        if ((config.Word(Status)!.Value & CapabilityListBit) == 0)
        {
            return;
        }

        int? pointer = config.Byte(config.HeaderType == CardBusHeader ? 0x14 : 0x34);
        var seen = new HashSet<int>();
        while (pointer is { } raw && (raw & ~3) >= 0x40)
        {
            int at = raw & ~3;
            if (!seen.Add(at))
            {
                return;
            }

            if (config.Word(at) is not { } header)
            {
                chain.IsCut = true;
                return;
            }

            if ((header & 0xff) == 0xff)
            {
                return;
            }

            chain.Add(header & 0xff, at);
            pointer = header >> 8;
        }
    }

    private static PciCapabilities ReadStandard(PciConfigSpace config, Chain chain)
    {
        int? express = chain.Find(0x10);
        int? advanced = chain.Find(0x13);
        bool? expressReset = express is { } at ? config.Dword(at + 4) is { } bits ? (bits & (1u << 28)) != 0 : null : chain.Unless(0x10);
        bool? advancedReset = advanced is { } af ? config.Byte(af + 3) is { } flags ? (flags & 2) != 0 : null : chain.Unless(0x13);
        return new PciCapabilities
        {
            Known = true,
            Msi = chain.Has(0x05),
            MsiX = chain.Has(0x11),
            Express = chain.Has(0x10),
            ExpressPortType = express is { } e && config.Word(e + 2) is { } word ? (word >> 4) & 0xf : null,
            Flr = Either(expressReset, advancedReset),
        };
    }

    private static PciCapabilities ReadExtended(PciConfigSpace config, PciCapabilities standard)
    {
        // Extended space exists on PCI Express and PCI-X mode 2; the kernel offers more than 256 bytes on these alone.
        var chain = new Chain();
        var seen = new HashSet<int>();
        int at = StandardEnd;
        while (at >= StandardEnd && seen.Add(at))
        {
            if (config.Dword(at) is not { } header)
            {
                chain.IsCut = true;
                break;
            }

            if (header is 0 or 0xffffffff)
            {
                break;
            }

            chain.Add((int)(header & 0xffff), at);
            at = (int)(header >> 20) & ~3;
        }

        return standard with
        {
            Acs = chain.Has(0x0d),
            AcsCapability = chain.Find(0x0d) is { } acs ? config.Word(acs + 4) : null,
            AcsControl = chain.Find(0x0d) is { } control ? config.Word(control + 6) : null,
            Ats = chain.Has(0x0f),
            Sriov = chain.Has(0x10),
            Pri = chain.Has(0x13),
            ResizableBar = chain.Has(0x15),
            ResizableBars = chain.Find(0x15) is { } bars ? ReadResizable(config, bars) : chain.Unless(0x15) == false ? [] : null,
            Pasid = chain.Has(0x1b),
        };
    }

    /// <summary>
    /// Pairs of capability and control registers: sizes offered in bits 31:4 of the first (bit 4 is 1 MiB), BAR index in bits 2:0, number of
    /// pairs in bits 7:5 and size in effect in bits 13:8 of the second. Source: PCI Express Base 5.0 §7.8.6. Null when they were not read.
    /// </summary>
    private static List<ResizableBar>? ReadResizable(PciConfigSpace config, int at)
    {
        var bars = new List<ResizableBar>();
        int count = config.Dword(at + 8) is { } first ? (int)(first >> 5) & 7 : 0;
        for (int i = 0; i < count; i++)
        {
            if (config.Dword(at + 4 + (8 * i)) is not { } offered || config.Dword(at + 8 + (8 * i)) is not { } control)
            {
                return null;
            }

            int current = (int)(control >> 8) & 0x3f;
            int largest = offered >> 4 == 0 ? current : 31 - System.Numerics.BitOperations.LeadingZeroCount(offered) - 4;
            if ((control & 7) > 5 || current > 40)
            {
                return null;
            }

            bars.Add(new ResizableBar((int)(control & 7), 1L << (20 + current), 1L << (20 + Math.Max(current, largest))));
        }

        return count == 0 ? null : bars;
    }

    private static bool? Either(bool? left, bool? right) =>
        left == true || right == true ? true : left == false && right == false ? false : null;

    /// <summary>The first place of each capability id, and whether the chain left the bytes that were read.</summary>
    private sealed class Chain
    {
        private readonly Dictionary<int, int> _places = [];

        /// <summary>The chain goes on beyond what was read: what was not met may still exist.</summary>
        public bool IsCut { get; set; }

        public void Add(int id, int at) => _places.TryAdd(id, at);

        public int? Find(int id) => _places.TryGetValue(id, out int at) ? at : null;

        public bool? Has(int id) => _places.ContainsKey(id) ? true : Unless(id);

        /// <summary>False for an id that is not in a complete chain, null when the chain was cut.</summary>
        public bool? Unless(int id) => IsCut && !_places.ContainsKey(id) ? null : false;
    }
}
