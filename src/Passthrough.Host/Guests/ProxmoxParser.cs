using System.Globalization;
using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;

namespace Passthrough.Host.Guests;

/// <summary>Reads a guest's configuration of Proxmox VE as far as it speaks of passthrough. Never throws. Source: qm.conf(5).</summary>
public static class ProxmoxParser
{
    /// <summary>Parses <c>key: value</c> lines up to the first section, which begins a snapshot. A text without such a line is a failed reading.</summary>
    public static Reading<GuestDefinition> Parse(string text, string source)
    {
        var values = new Dictionary<string, (string Value, int Line)>(StringComparer.Ordinal);
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line.StartsWith('['))
            {
                break;
            }

            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line[0] != '#' && line[..colon].All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-'))
            {
                values[line[..colon]] = (line[(colon + 1)..].Trim(), i + 1);
            }
        }

        return values.Count > 0 || text.Length == 0
            ? Reading.Of(Read(values), source)
            : Reading.Failed<GuestDefinition>(source, "no line of it is of the form \"key: value\"", text);
    }

    /// <summary>True when it starts with the machine.</summary>
    internal static bool StartsAtBoot(string text) => text.Split('\n').TakeWhile(line => !line.StartsWith('[')).Any(line => line.Trim() is "onboot: 1" or "onboot:1");

    private static GuestDefinition Read(Dictionary<string, (string Value, int Line)> values)
    {
        string? Value(string key) => values.TryGetValue(key, out (string Value, int Line) entry) ? entry.Value : null;
        var problems = new List<string>();
        List<(string Key, string? Value)> cpu = Options(Value("cpu"), "cputype");
        int sockets = Number(Value("sockets")) ?? 1;
        int cores = Number(Value("cores")) ?? 1;
        string? pages = Value("hugepages");
        string? machine = Option(Options(Value("machine"), "type"), "type");
        string? vIommu = Option(Options(Value("machine"), "type"), "viommu");
        return new GuestDefinition
        {
            IsProxmox = true,
            Name = Value("name"),
            Kind = Value("kvm") == "0" ? "qemu" : "kvm",
            Machine = machine ?? "pc",
            Architecture = Value("arch") ?? "x86_64",
            MemoryBytes = ScaledBytes.Parse(Option(Options(Value("memory"), "current"), "current") ?? "512", "MiB"),
            Vcpus = Number(Value("vcpus")) ?? sockets * cores,
            VcpuCpuset = Value("affinity"),
            Cpu = new GuestCpu(Option(cpu, "cputype") is "host" or "max" ? "host-passthrough" : "custom",
                Option(cpu, "phys-bits") is "host" ? "passthrough" : Option(cpu, "phys-bits") is { } ? "emulate" : null,
                Number(Option(cpu, "phys-bits")), new GuestTopology(sockets, cores, 1)),
            UsesHugePages = pages is not null,
            HugePages = Number(pages) is { } size ? [new GuestHugePages((long)size << 20, null)] : [],
            NumaTune = [.. Cells(values).Where(cell => cell.Nodes is not null).Select(cell => new GuestMemoryPolicy(cell.Id, cell.Policy ?? "preferred", cell.Nodes, null))],
            Cells = [.. Cells(values).Select(cell => new GuestCell(cell.Id, cell.Cpus, ScaledBytes.Parse(cell.Memory, "MiB")))],
            HostDevices = [.. values.Where(entry => entry.Key.StartsWith("hostpci", StringComparison.Ordinal) && Number(entry.Key[7..]) is not null)
                .OrderBy(entry => Number(entry.Key[7..])).SelectMany(entry => Devices(entry.Value.Value, entry.Value.Line, problems))],
            CommandLineDevices = [.. (Value("args") ?? "").Split(' ').Select(QemuArguments.VfioDevice).OfType<GuestDevice>()
                .Select(device => device with { Line = values["args"].Line })],
            Iommu = vIommu is null ? null : new GuestIommu(vIommu, "on", "on", null, null, null),
            IoapicDriver = vIommu == "intel" ? "qemu" : null,
            IsKvmHidden = Option(cpu, "hidden") == "1" ? true : null,
            MemballoonModel = Value("balloon") == "0" ? "none" : null,
            Firmware = Value("bios") == "ovmf" ? "efi" : "bios",
            Problems = problems,
        };
    }

    private static IEnumerable<GuestDevice> Devices(string text, int line, List<string> problems)
    {
        List<(string Key, string? Value)> options = Options(text, "host");
        if (Option(options, "mapping") is { } name)
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"line {line}: the mapping \"{name}\" is resolved by the cluster's configuration, which is not read"));
            yield break;
        }

        foreach (string place in (Option(options, "host") ?? "").Split(';'))
        {
            bool isSlot = !place.Contains('.', StringComparison.Ordinal);
            if (PciAddress.TryParse(isSlot ? place + ".0" : place, out PciAddress address))
            {
                yield return new GuestDevice(address, null, null) { HasAllFunctions = isSlot, RomFile = Option(options, "romfile"), Line = line };
            }
            else
            {
                problems.Add(string.Create(CultureInfo.InvariantCulture, $"line {line}: \"{place}\" is no PCI function of the host"));
            }
        }
    }

    private static IEnumerable<(int Id, string? Cpus, string? Memory, string? Nodes, string? Policy)> Cells(Dictionary<string, (string Value, int Line)> values)
    {
        for (int i = 0; values.TryGetValue(string.Create(CultureInfo.InvariantCulture, $"numa{i}"), out (string Value, int Line) entry); i++)
        {
            List<(string Key, string? Value)> options = Options(entry.Value, "cpus");
            yield return (i, Option(options, "cpus")?.Replace(';', ','), Option(options, "memory"), Option(options, "hostnodes")?.Replace(';', ','),
                Option(options, "policy") == "bind" ? "strict" : Option(options, "policy"));
        }
    }

    private static List<(string Key, string? Value)> Options(string? text, string first)
    {
        var options = new List<(string, string?)>();
        foreach (string part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            options.Add(equals < 0 ? (options.Count == 0 ? first : part, part) : (part[..equals], part[(equals + 1)..]));
        }

        return options;
    }

    private static string? Option(List<(string Key, string? Value)> options, string key) => options.FirstOrDefault(option => option.Key == key).Value;

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
