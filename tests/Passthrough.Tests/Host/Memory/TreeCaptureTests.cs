using System.Globalization;
using System.Text.Json;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Passthrough.Host.Memory;
using Xunit;

namespace Passthrough.Tests.Host.Memory;

public class TreeCaptureTests
{
    [SkippableFact]
    public void Processors_memory_nodes_and_command_lines_of_captured_trees_are_read_as_their_truth_says()
    {
        Skip.If(Fixtures.Captures is null, "the captures are not beside the checkout");
        var score = new CaptureScore();
        foreach ((string folder, JsonElement truth) in CaptureScore.Cases("trees"))
        {
            string name = Path.GetFileName(folder);
            TreeEvidence tree = TreeEvidence.FromArchive(Path.Combine(folder, "root.tar.gz"));
            CompareCpu(score, name, truth, CpuReader.Read(tree));
            CompareMemory(score, name, truth, tree, MemoryReader.Read(tree));
            KernelLog none = KernelLogReader.Read(tree);
            score.Check(name + " command line", truth.GetProperty("cmdline").GetString()?.Trim(),
                KernelReader.Read(tree, none).CommandLine.Or(null)?.Text);
        }

        score.AssertShare(0.99, 900);
    }

    private static void CompareCpu(CaptureScore score, string name, JsonElement truth, CpuInfo cpu)
    {
        JsonElement info = truth.GetProperty("cpuinfo");
        score.Check(name + " processors", info.GetProperty("processors").GetInt32(), cpu.Processors.Or(0));

        // The truths know x86's vendor_id only; "ARM" is what stands for a CPU implementer.
        score.Check(name + " vendor", info.GetProperty("vendor").GetString(), cpu.VendorId.Or(null) is "ARM" ? null : cpu.VendorId.Or(null));
        if (info.GetProperty("model").GetString() is { } model)
        {
            score.Check(name + " model", model, cpu.ModelName.Or(null));
        }

        score.Check(name + " CPU folders", truth.GetProperty("sys_cpu_dirs").GetInt32(), cpu.Cpus.Count);
        score.Check(name + " online", Set(truth.GetProperty("cpu_online")), cpu.Online.Or(null)?.ToString());
        score.Check(name + " hypervisor", truth.GetProperty("hypervisor_flag").GetBoolean(), cpu.HasFlag("hypervisor") ?? false);
        score.Check(name + " virtualisation", truth.GetProperty("virt_flag").GetString(),
            cpu.HasFlag("vmx") == true ? "vmx" : cpu.HasFlag("svm") == true ? "svm" : null);
    }

    private static void CompareMemory(CaptureScore score, string name, JsonElement truth, TreeEvidence tree, MemoryInfo memory)
    {
        score.Check(name + " nodes", string.Join(' ', truth.GetProperty("numa_nodes").EnumerateArray().Select(node => node.ToString())),
            string.Join(' ', memory.AllNodes.Select(node => node.Id.ToString(CultureInfo.InvariantCulture))));
        JsonElement meminfo = truth.GetProperty("meminfo");
        score.Check(name + " MemTotal", Bytes(meminfo, "MemTotal"), memory.TotalBytes.IsKnown ? memory.TotalBytes.Value : null);
        score.Check(name + " Hugepagesize", Bytes(meminfo, "Hugepagesize"),
            memory.DefaultHugePageBytes.IsKnown ? memory.DefaultHugePageBytes.Value : null);
        foreach (JsonProperty pool in truth.GetProperty("hugepages").EnumerateObject())
        {
            Assert.True(HugePageReader.TryParseSize(pool.Name, out long size));
            HugePagePool? read = memory.HugePages.Or([])!.FirstOrDefault(item => item.SizeBytes == size);
            score.Check(name + " " + pool.Name + " total", Count(pool.Value, "nr_hugepages"), read?.Total.Or(-1));
            score.Check(name + " " + pool.Name + " free", Count(pool.Value, "free_hugepages"), read?.Free.Or(-1));
        }

        foreach (JsonProperty pool in truth.GetProperty("hugepages_per_node_nonzero").EnumerateObject())
        {
            string[] parts = pool.Name.Split('/');
            Assert.True(HugePageReader.TryParseSize(parts[^1], out long size));
            NumaNode? node = memory.AllNodes.FirstOrDefault(item => "node" + item.Id.ToString(CultureInfo.InvariantCulture) == parts[0]);
            HugePagePool? read = node?.HugePages.Or([])!.FirstOrDefault(item => item.SizeBytes == size);
            score.Check(name + " " + pool.Name, long.Parse(pool.Value.GetString()!, CultureInfo.InvariantCulture), read?.Total.Or(-1));
        }

        // What the truths do not hold: each node's distances, CPUs and memory must be known exactly where their files are.
        foreach (NumaNode node in memory.AllNodes)
        {
            string files = string.Create(CultureInfo.InvariantCulture, $"/sys/devices/system/node/node{node.Id}/");
            score.Check(name + " distances", tree.Ask(Question.Read(files + "distance")).IsFound, node.Distances.IsKnown);
            score.Check(name + " node CPUs", tree.Ask(Question.Read(files + "cpulist")).IsFound
                || tree.Ask(Question.Read(files + "cpumap")).IsFound, node.Cpus.IsKnown);
            score.Check(name + " node memory", tree.Ask(Question.Read(files + "meminfo")).IsFound, node.MemoryBytes.IsKnown);
        }
    }

    private static string? Set(JsonElement value) =>
        value.GetString() is { } text && CpuSet.TryParse(text, out CpuSet set) ? set.ToString() : null;

    private static long? Bytes(JsonElement meminfo, string key) =>
        meminfo.TryGetProperty(key, out JsonElement value)
            ? long.Parse(value.GetString()!.Split(' ')[0], CultureInfo.InvariantCulture) * 1024 : null;

    private static long Count(JsonElement pool, string key) =>
        pool.TryGetProperty(key, out JsonElement value) ? long.Parse(value.GetString()!, CultureInfo.InvariantCulture) : -1;
}
