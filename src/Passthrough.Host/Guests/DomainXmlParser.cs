using System.Globalization;
using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;

namespace Passthrough.Host.Guests;

/// <summary>
/// Reads libvirt's domain XML: a definition, a live status file (the domain stands inside <c>domstatus</c>) or a snapshot. Never throws.
/// Where an element stands twice the first counts, as for libvirt.
/// </summary>
public static class DomainXmlParser
{
    /// <summary>XML namespace of what is handed to QEMU as it is.</summary>
    private const string QemuNamespace = "http://libvirt.org/schemas/domain/qemu/1.0";

    private static readonly string[] Wrappers = ["domstatus", "domainsnapshot", "domaincheckpoint"];

    /// <summary>Parses a document; what is no domain XML is a failed reading with the reason.</summary>
    public static Reading<GuestDefinition> Parse(string text, string source) => TryOpen(text, out XmlPart? domain, out _, out string why)
        ? Reading.Of(Read(domain!), source)
        : Reading.Failed<GuestDefinition>(source, why);

    /// <summary>The process of a live status file; null in any other document.</summary>
    internal static int? ProcessOf(string text) => TryOpen(text, out _, out XmlPart? status, out _) && status is not null
        && int.TryParse(status["pid"], NumberStyles.None, CultureInfo.InvariantCulture, out int process) ? process : null;

    private static bool TryOpen(string text, out XmlPart? domain, out XmlPart? wrapper, out string why)
    {
        domain = null;
        wrapper = null;
        if (!XmlPart.TryParse(text, out XmlPart? root, out why))
        {
            return false;
        }

        wrapper = Wrappers.Contains(root.Name) ? root : null;
        domain = root.Name == "domain" ? root : wrapper?.First("domain");
        why = domain is null ? $"its first element is <{root.Name}>, not <domain>" : "";
        return domain is not null;
    }

    private static GuestDefinition Read(XmlPart domain)
    {
        var problems = new List<string>();
        XmlPart? devices = domain.First("devices");
        XmlPart? tune = domain.First("cputune");
        XmlPart? backing = domain.First("memoryBacking");
        XmlPart? features = domain.First("features");
        XmlPart? cpu = domain.First("cpu");
        XmlPart? vcpu = domain.First("vcpu");
        XmlPart? os = domain.First("os");
        return new GuestDefinition
        {
            Name = domain.First("name")?.Text,
            Kind = domain["type"],
            Machine = os?.First("type")?["machine"],
            Architecture = os?.First("type")?["arch"],
            MemoryBytes = Amount(domain.First("memory"), problems),
            CurrentMemoryBytes = Amount(domain.First("currentMemory"), problems),
            Vcpus = Number(vcpu?.Text),
            VcpuCpuset = vcpu?["cpuset"],
            Cpu = ReadCpu(cpu),
            UsesHugePages = backing?.First("hugepages") is not null,
            HugePages = [.. (backing?.First("hugepages")?.All("page") ?? []).Select(page => new GuestHugePages(ScaledBytes.Parse(page["size"], page["unit"]), page["nodeset"]))],
            IsMemoryLocked = backing?.First("locked") is not null,
            HasNoSharedPages = backing?.First("nosharepages") is not null,
            HardLimitBytes = Amount(domain.Find("memtune", "hard_limit"), problems),
            NumaTune = ReadNumaTune(domain.First("numatune")),
            VcpuPins = Pins(tune, "vcpupin", "vcpu"),
            EmulatorPin = tune?.First("emulatorpin")?["cpuset"],
            IothreadPins = Pins(tune, "iothreadpin", "iothread"),
            Cells = [.. (cpu?.First("numa")?.All("cell") ?? []).Select((cell, place) =>
                new GuestCell(Number(cell["id"]) ?? place, cell["cpus"], ScaledBytes.Parse(cell["memory"], cell["unit"])))],
            HostDevices = [.. (devices?.All("hostdev") ?? []).Where(IsPci).Select(part => ReadDevice(part, problems)).OfType<GuestDevice>()],
            HostInterfaces = [.. (devices?.All("interface") ?? []).Where(part => part["type"] == "hostdev").Select(part => ReadDevice(part, problems)).OfType<GuestDevice>()],
            CommandLineDevices = [.. CommandLine(domain, problems)],
            Iommu = devices?.First("iommu") is { } iommu ? ReadIommu(iommu) : null,
            IoapicDriver = features?.First("ioapic")?["driver"],
            IsKvmHidden = features?.Find("kvm", "hidden")?["state"] switch { "on" => true, "off" => false, _ => null },
            HypervVendorId = features?.Find("hyperv", "vendor_id") is { } vendor && vendor["state"] != "off" ? vendor["value"] : null,
            MemballoonModel = devices?.First("memballoon")?["model"],
            PciControllers = [.. (devices?.All("controller") ?? []).Where(part => part["type"] == "pci").Select(ReadController)],
            Loader = os?.First("loader")?.Text,
            Firmware = os?["firmware"],
            Problems = problems,
        };
    }

    private static bool IsPci(XmlPart hostdev) => hostdev["type"] == "pci" && hostdev["mode"] is null or "subsystem";

    private static GuestDevice? ReadDevice(XmlPart part, List<string> problems)
    {
        XmlPart? place = part.First("source")?.First("address");
        if (place is null || !TryAddress(place, out PciAddress address))
        {
            problems.Add(Line(part, $"<{part.Name}> names no PCI function of the host"));
            return null;
        }

        XmlPart? guest = part.First("address");
        XmlPart? driver = part.First("driver");
        return new GuestDevice(address, part["managed"], guest?["type"] == "pci" && TryAddress(guest, out PciAddress inside) ? inside.ToString() : null)
        {
            Driver = driver?["name"],
            IommuFd = driver?["iommufd"],
            RomFile = part.First("rom")?["file"],
            Line = part.Line,
        };
    }

    private static GuestCpu ReadCpu(XmlPart? cpu)
    {
        XmlPart? width = cpu?.First("maxphysaddr");
        XmlPart? topology = cpu?.First("topology");
        return new GuestCpu(cpu?["mode"], width?["mode"], Number(width?["bits"]), topology is not null
            && Number(topology["sockets"]) is { } sockets && Number(topology["cores"]) is { } cores && Number(topology["threads"]) is { } threads
                ? new GuestTopology(sockets, cores, threads) : null);
    }

    private static List<GuestMemoryPolicy> ReadNumaTune(XmlPart? tune)
    {
        var policies = new List<GuestMemoryPolicy>();
        if (tune?.First("memory") is { } memory)
        {
            policies.Add(new GuestMemoryPolicy(null, memory["mode"], memory["nodeset"], memory["placement"]));
        }

        policies.AddRange((tune?.All("memnode") ?? []).Select(node => new GuestMemoryPolicy(Number(node["cellid"]) ?? 0, node["mode"], node["nodeset"], null)));
        return policies;
    }

    private static GuestIommu ReadIommu(XmlPart iommu)
    {
        XmlPart? driver = iommu.First("driver");
        return new GuestIommu(iommu["model"], driver?["intremap"], driver?["caching_mode"], driver?["iotlb"], driver?["eim"], driver?["aw_bits"]);
    }

    private static GuestPciController ReadController(XmlPart part) => new(Number(part["index"]) ?? 0, part["model"],
        part.First("pcihole64") is { } hole ? ScaledBytes.Parse(hole.Text, hole["unit"]) : null);

    private static SortedDictionary<int, string> Pins(XmlPart? tune, string name, string number)
    {
        var pins = new SortedDictionary<int, string>();
        foreach (XmlPart pin in tune?.All(name) ?? [])
        {
            if (Number(pin[number]) is { } thread && pin["cpuset"] is { } cpus)
            {
                pins.TryAdd(thread, cpus);
            }
        }

        return pins;
    }

    private static IEnumerable<GuestDevice> CommandLine(XmlPart domain, List<string> problems)
    {
        foreach (XmlPart part in domain.Parts)
        {
            int colon = part.Name.IndexOf(':', StringComparison.Ordinal);
            if (part.Name[(colon + 1)..] != "commandline")
            {
                continue;
            }

            string declaration = colon < 0 ? "xmlns" : "xmlns:" + part.Name[..colon];
            if ((part[declaration] ?? domain[declaration]) != QemuNamespace)
            {
                problems.Add(Line(part, $"<{part.Name}> has no effect: {declaration} does not declare QEMU's namespace"));
                continue;
            }

            string argument = colon < 0 ? "arg" : part.Name[..colon] + ":arg";
            foreach (XmlPart item in part.All(argument))
            {
                if (QemuArguments.VfioDevice(item["value"]) is { } device)
                {
                    yield return device with { Line = item.Line };
                }
            }
        }
    }

    private static long? Amount(XmlPart? part, List<string> problems)
    {
        long? bytes = part is null ? null : ScaledBytes.Parse(part.Text, part["unit"]);
        if (part is not null && bytes is null)
        {
            problems.Add(Line(part, $"<{part.Name}> is no amount"));
        }

        return bytes;
    }

    private static int? Number(string? text) => int.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static string Line(XmlPart part, string what) => string.Create(CultureInfo.InvariantCulture, $"line {part.Line}: {what}");

    private static bool TryAddress(XmlPart part, out PciAddress address)
    {
        address = default;
        if (!TryPart(part["domain"] ?? "0", uint.MaxValue, out uint domain) || !TryPart(part["bus"], 0xff, out uint bus)
            || !TryPart(part["slot"], 0x1f, out uint slot) || !TryPart(part["function"] ?? "0", 7, out uint function))
        {
            return false;
        }

        address = new PciAddress(domain, (byte)bus, (byte)slot, (byte)function);
        return true;
    }

    // libvirt reads these as C does: 0x is hexadecimal, a leading 0 octal, all else decimal.
    private static bool TryPart(string? text, uint limit, out uint value)
    {
        value = 0;
        string digits = text?.Trim() ?? "";
        bool isRead;
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            isRead = uint.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        }
        else if (digits.Length > 1 && digits[0] == '0')
        {
            isRead = digits.Length <= 11 && digits.All(digit => digit is >= '0' and <= '7');
            foreach (char digit in isRead ? digits : "")
            {
                value = (value * 8) + (uint)(digit - '0');
            }
        }
        else
        {
            isRead = uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        }

        return isRead && value <= limit;
    }
}
