using System.Globalization;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;

namespace Passthrough.Host.Memory;

/// <summary>Reads memory totals, NUMA nodes and huge pages.</summary>
public static class MemoryReader
{
    private const string MemInfo = "/proc/meminfo";
    private const string NodeRoot = "/sys/devices/system/node";

    /// <summary>Reads everything about memory.</summary>
    public static MemoryInfo Read(IEvidence evidence)
    {
        Answer meminfo = evidence.Ask(Question.Read(MemInfo));
        return new MemoryInfo
        {
            TotalBytes = Value(meminfo, MemInfo, "MemTotal"),
            AvailableBytes = Value(meminfo, MemInfo, "MemAvailable"),
            DefaultHugePageBytes = Value(meminfo, MemInfo, "Hugepagesize"),
            Nodes = ReadNodes(evidence),
            HugePages = HugePageReader.ReadPools(evidence, "/sys/kernel/mm/hugepages"),
            TransparentHugePages = evidence.Read<string>("/sys/kernel/mm/transparent_hugepage/enabled", ChosenWord.TryParse),
            NumaBalancing = evidence.ReadNumber("/proc/sys/kernel/numa_balancing"),
            HugetlbfsMounts = evidence.Read("/proc/mounts", static (string text, out IReadOnlyList<string> value) =>
            {
                value = MountTable.HugetlbfsMounts(text);
                return true;
            }),
        };
    }

    /// <summary>A node's distances: one number a node, 10 is local. Source: Documentation/ABI/stable/sysfs-devices-node.</summary>
    public static bool TryParseDistances(string text, out IReadOnlyList<int> distances)
    {
        var numbers = new List<int>();
        distances = numbers;
        foreach (string word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                return false;
            }

            numbers.Add(number);
        }

        return numbers.Count > 0;
    }

    private static Reading<long> Value(Answer answer, string path, string key)
    {
        if (!answer.IsFound)
        {
            return Reading.Missing<long>(answer.Outcome, path, answer.Why);
        }

        IReadOnlyDictionary<string, long> values = MemInfoParser.Parse(answer.Text);
        return values.TryGetValue(key, out long value) ? Reading.Of(value, path, key)
            : values.Count > 0 ? Reading.Missing<long>(Outcome.Absent, path, "it has no " + key + " line")
            : Reading.Failed<long>(path, "no line of it is of the form \"name: number\"", answer.Text);
    }

    private static Reading<IReadOnlyList<NumaNode>> ReadNodes(IEvidence evidence)
    {
        Reading<IReadOnlyList<string>> names = evidence.List(NodeRoot);
        if (!names.IsKnown)
        {
            return Reading.Missing<IReadOnlyList<NumaNode>>(names.Outcome, NodeRoot, names.Why);
        }

        var numbers = new List<int>();
        foreach (string name in names.Value!)
        {
            if (name.StartsWith("node", StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                numbers.Add(number);
            }
        }

        numbers.Sort();
        return numbers.Count > 0
            ? Reading.Of<IReadOnlyList<NumaNode>>([.. numbers.Select(number => ReadNode(evidence, number))], NodeRoot)
            : names.Value!.Count == 0 || names.Value!.Contains("possible")
                ? Reading.Missing<IReadOnlyList<NumaNode>>(Outcome.Absent, NodeRoot, "the folder holds no node")
                : Reading.Failed<IReadOnlyList<NumaNode>>(NodeRoot, "none of its names is one of the kernel's");
    }

    private static NumaNode ReadNode(IEvidence evidence, int number)
    {
        string folder = string.Create(CultureInfo.InvariantCulture, $"{NodeRoot}/node{number}");
        string path = folder + "/meminfo";
        Answer meminfo = evidence.Ask(Question.Read(path));
        return new NumaNode
        {
            Id = number,
            Cpus = ReadCpus(evidence, folder),
            MemoryBytes = Value(meminfo, path, "MemTotal"),
            FreeBytes = Value(meminfo, path, "MemFree"),
            Distances = evidence.Read<IReadOnlyList<int>>(folder + "/distance", TryParseDistances),
            HugePages = HugePageReader.ReadPools(evidence, folder + "/hugepages"),
        };
    }

    private static Reading<CpuSet> ReadCpus(IEvidence evidence, string folder)
    {
        Reading<CpuSet> list = evidence.Read<CpuSet>(folder + "/cpulist", CpuSet.TryParse);
        if (list.Outcome is not (Outcome.Absent or Outcome.NotRecorded))
        {
            return list;
        }

        Reading<CpuSet> mask = evidence.Read<CpuSet>(folder + "/cpumap", CpuSet.TryParseMask);
        return mask.IsKnown ? mask : list;
    }
}
