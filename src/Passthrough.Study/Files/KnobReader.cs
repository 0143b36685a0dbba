using Passthrough.Host.Cpu;
using Passthrough.Host.Pci;

namespace Passthrough.Study.Files;

/// <summary>Knobs of a study file: <c>{ knob = "bind", device = "0000:01:00.0", driver = "vfio-pci" }</c>.</summary>
internal static class KnobReader
{
    private const string Kinds = "hugePages, bind, groupType, interruptCpu, receivePacketSteering";
    private const int MostCpus = CpuSet.Limit - 1;

    /// <summary>The knobs of an array.</summary>
    /// <param name="table">The table that has the array.</param>
    /// <param name="key">The array's key.</param>
    /// <param name="isHost">They are turned on this machine, which has no interrupt of the workload's own.</param>
    public static IReadOnlyList<Knob> ReadAll(TableReader table, string key, bool isHost)
    {
        var knobs = new List<Knob>();
        foreach (TableReader one in table.Tables(key))
        {
            Knob knob = Read(one, isHost);
            one.End();
            if (knobs.Any(other => SubjectOf(other) == SubjectOf(knob)))
            {
                throw one.Error("knob", $"{SubjectOf(knob)} is turned twice on one side");
            }

            knobs.Add(knob);
        }

        return knobs;
    }

    /// <summary>What a knob turns, whatever it is turned to.</summary>
    public static string SubjectOf(Knob knob) => knob switch
    {
        Knob.HugePages pages => $"hugePages {pages.SizeBytes} {(pages.Node is { } node ? $"on node {node}" : "anywhere")}",
        Knob.Bind bind => $"bind {bind.Device}",
        Knob.GroupType type => $"groupType {type.Device}",
        Knob.InterruptCpu => "interruptCpu",
        Knob.DeviceInterrupts device => $"interruptCpu {device.Device}",
        Knob.ReceivePacketSteering steering => $"receivePacketSteering {steering.Interface}",
        _ => knob.GetType().Name,
    };

    private static Knob Read(TableReader table, bool isHost)
    {
        string kind = table.RequiredText("knob");
        switch (kind)
        {
            case "hugePages":
                long size = table.Integer("sizeBytes", 64 << 10, 16L << 30) ?? 2 << 20;
                return long.IsPow2(size)
                    ? new Knob.HugePages(size, table.RequiredInteger("count", 1, int.MaxValue), (int?)table.Integer("node", 0, 1023))
                    : throw table.Error("sizeBytes", $"{size} is no size of a huge page: x86-64 has 2097152 and 1073741824");
            case "bind":
                return new Knob.Bind(Device(table), Word(table, "driver", "the name of a driver, such as vfio-pci"));
            case "groupType":
                string type = table.RequiredText("type");
                return type is "DMA" or "DMA-FQ" or "identity"
                    ? new Knob.GroupType(Device(table), type)
                    : throw table.Error("type", $"'{type}' is no type of a group: DMA (strict), DMA-FQ (lazy) or identity");
            case "interruptCpu":
                int cpu = (int)table.RequiredInteger("cpu", 0, MostCpus);
                PciAddress? device = table.Take("device") is null ? null : Device(table);
                return device is { } address ? new Knob.DeviceInterrupts(address, cpu)
                    : isHost ? throw table.Error("device", "is missing: on this machine the workload has no interrupt, so name the function whose interrupts are routed")
                    : new Knob.InterruptCpu(cpu);
            case "receivePacketSteering":
                TomlNode? cpus = table.Take("cpus");
                return cpus is TomlNode.Text { Value: var list } && CpuSet.TryParse(list, out CpuSet set)
                    ? new Knob.ReceivePacketSteering(Word(table, "interface", "the name of a network interface"), set)
                    : throw table.Error("cpus", "must be a string with a list of CPUs such as \"0-3,8\", or \"\" to switch it off");
            default:
                throw table.Error("knob", $"'{kind}' is no knob: {Kinds}");
        }
    }

    private static PciAddress Device(TableReader table)
    {
        string text = table.RequiredText("device");
        return PciAddress.TryParse(text, out PciAddress address)
            ? address
            : throw table.Error("device", $"'{text}' is no PCI address: write it as dddd:bb:dd.f, for example 0000:01:00.0");
    }

    // It becomes part of a path below /sys.
    private static string Word(TableReader table, string key, string what)
    {
        string text = table.RequiredText(key);
        return text.Length <= 64 && text is not ("." or "..") && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.' or ':' or '@')
            ? text
            : throw table.Error(key, $"'{text}' is not {what}");
    }
}
