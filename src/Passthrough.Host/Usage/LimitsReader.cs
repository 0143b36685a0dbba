using System.Globalization;
using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;

namespace Passthrough.Host.Usage;

/// <summary>How much memory processes may lock. Sources: getrlimit(2), limits.conf(5), proc_pid_limits(5).</summary>
public static class LimitsReader
{
    private const string Folder = "/etc/security/limits.d";

    /// <summary>Reads this process's limits, their configuration and the limits of guests that hold VFIO nodes.</summary>
    public static MemoryLockLimits Read(IEvidence evidence) => new(
        QueryContent.Ask<long>(evidence, Queries.MemoryLock, "soft", QueryContent.Limit),
        QueryContent.Ask<long>(evidence, Queries.MemoryLock, "hard", QueryContent.Limit),
        ReadConfiguration(evidence),
        ReadProcesses(evidence));

    /// <summary>The soft limit of the line <c>Max locked memory  65536  65536  bytes</c> of /proc/PID/limits.</summary>
    internal static bool ParseLimits(string text, out long value)
    {
        value = 0;
        const string Title = "Max locked memory";
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith(Title, StringComparison.Ordinal))
            {
                string[] words = line[Title.Length..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                return words.Length > 0 && QueryContent.Limit(words[0], out value);
            }
        }

        return false;
    }

    private static List<ConfigurationFile> ReadConfiguration(IEvidence evidence)
    {
        var files = new List<ConfigurationFile> { ReadFile(evidence, "/etc/security/limits.conf") };
        foreach (string name in evidence.List(Folder).Or([])!)
        {
            // pam_limits reads *.conf of this folder, in the order of their names.
            if (name.EndsWith(".conf", StringComparison.Ordinal))
            {
                ConfigurationFile file = ReadFile(evidence, $"{Folder}/{name}");
                if (!file.Lines.IsKnown || file.Lines.Value!.Any(line => line.Contains("memlock", StringComparison.Ordinal)))
                {
                    files.Add(file);
                }
            }
        }

        return files;
    }

    private static ConfigurationFile ReadFile(IEvidence evidence, string path)
    {
        Answer answer = evidence.Ask(Question.Read(path));
        return new ConfigurationFile(path, answer.IsFound
            ? Reading.Of<IReadOnlyList<string>>(answer.Text.TrimEnd('\n').Split('\n'), path)
            : Reading.Missing<IReadOnlyList<string>>(answer.Outcome, path, answer.Why));
    }

    /// <summary>Only processes that hold a VFIO node: for them the limit decides whether DMA can be mapped.</summary>
    private static Reading<IReadOnlyList<(int ProcessId, long SoftBytes)>> ReadProcesses(IEvidence evidence)
    {
        Reading<IReadOnlyList<VfioHolder>> holders = HolderReader.Read(evidence);
        if (!holders.IsKnown)
        {
            return Reading.Missing<IReadOnlyList<(int, long)>>(holders.Outcome, holders.Source, holders.Why);
        }

        var limits = new List<(int, long)>();
        foreach (int process in holders.Value!.Select(holder => holder.ProcessId).Distinct())
        {
            Reading<long> soft = evidence.Read<long>(
                string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/limits"), ParseLimits);
            if (soft.IsKnown)
            {
                limits.Add((process, soft.Value));
            }
        }

        return Reading.Of<IReadOnlyList<(int, long)>>(limits, holders.Source);
    }
}
