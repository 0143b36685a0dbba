using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;

namespace Passthrough.Tuning;

/// <content>Steps of the network.</content>
public static partial class Steps
{
    /// <summary>
    /// Lets these CPUs process what an interface receives (receive packet steering) on each of its queues; none switches it off. Null
    /// when it is already so. Source: Documentation/networking/scaling.rst.
    /// </summary>
    public static TuningStep? ReceivePacketSteering(IEvidence now, string name, CpuSet cpus, string reason)
    {
        string folder = $"/sys/class/net/{name}/queues";
        string[] queues = [.. now.List(folder).Or([])!.Where(queue => queue.StartsWith("rx-", StringComparison.Ordinal))];
        if (name.Contains('/', StringComparison.Ordinal) || queues.Length == 0)
        {
            throw new TuningException($"{folder} shows no receive queue, so no steering is set: name a network interface of this machine.");
        }

        RefuseIsolated(now, cpus);
        string wanted = cpus.ToMask();
        var writes = new List<TuningWrite>();
        foreach (string queue in queues)
        {
            string path = $"{folder}/{queue}/rps_cpus";
            string before = Text(now, path);
            if (!CpuSet.TryParseMask(before, out CpuSet have) || !have.Equals(cpus))
            {
                writes.Add(new TuningWrite(path, wanted, new UndoWrite(path, before, GoneIsDone: true), new Expectation(ExpectationKind.CpuMask, path, wanted)));
            }
        }

        return writes.Count == 0 ? null : new TuningStep($"{folder}/rx-*/rps_cpus: {wanted}", reason, writes);
    }

    // The kernel takes isolated CPUs out of the mask without a word, and answers EINVAL when none is left (net/core/net-sysfs.c).
    private static void RefuseIsolated(IEvidence now, CpuSet cpus)
    {
        foreach (string file in new[] { "isolated", "nohz_full" })
        {
            string path = "/sys/devices/system/cpu/" + file;
            if (CpuSet.TryParse(now.ReadText(path).Or("")!, out CpuSet isolated) && isolated.Intersect(cpus) is { Count: > 0 } refused)
            {
                throw new TuningException($"CPU {refused} is in {path}, and the kernel steers no packets to such a CPU: choose others.");
            }
        }
    }
}
