using System.Globalization;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Usage;

/// <summary>How much this run may see, and whether it runs in a container. Source: proc_pid_status(5), user_namespaces(7).</summary>
public static class PrivilegeReader
{
    private const string StatusPath = "/proc/self/status";
    private const string UidMapPath = "/proc/self/uid_map";
    private static readonly string[] MarkerFiles = ["/.dockerenv", "/run/.containerenv", "/run/systemd/container"];
    private static readonly string[] GroupWords = ["docker", "kubepods", "containerd", "libpod", "lxc", "crio", "garden"];

    /// <summary>Reads privilege and signs of a container.</summary>
    public static Privilege Read(IEvidence evidence) => new()
    {
        EffectiveCapabilities = evidence.Read<ulong>(StatusPath, ParseEffectiveCapabilities),
        EffectiveUser = QueryContent.Ask<int>(evidence, Queries.User, "euid", QueryContent.Number),
        InitialUserNamespace = evidence.Read<bool>(UidMapPath, ParseUidMap),
        ContainerSigns = ReadSigns(evidence),
    };

    /// <summary>The CapEff line of /proc/PID/status, for example <c>CapEff:	000001ffffffffff</c>.</summary>
    internal static bool ParseEffectiveCapabilities(string text, out ulong value)
    {
        value = 0;
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith("CapEff:", StringComparison.Ordinal))
            {
                return ulong.TryParse(line.AsSpan(7).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
            }
        }

        return false;
    }

    /// <summary>True when the only line maps all ids onto themselves: <c>0 0 4294967295</c>.</summary>
    internal static bool ParseUidMap(string text, out bool value)
    {
        value = false;
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (string line in lines)
        {
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length != 3 || !words.All(word => ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            {
                return false;
            }

            value = lines.Length == 1 && words is ["0", "0", "4294967295"];
        }

        return lines.Length > 0;
    }

    private static Reading<IReadOnlyList<string>> ReadSigns(IEvidence evidence)
    {
        var signs = new List<string>();
        (string Path, Answer Answer)? unseen = null;

        // A machine started from a container's image keeps the marker file; process 2 is kthreadd only outside a container
        // (or in one that shares the host's process ids), where the marker proves nothing.
        Reading<string> second = evidence.ReadText("/proc/2/comm");
        bool? isHostProcesses = second.IsKnown ? second.Value == "kthreadd" : second.IsAbsent ? false : null;
        foreach (string path in MarkerFiles)
        {
            Answer marker = evidence.Ask(Question.Read(path));
            if (marker.IsFound && isHostProcesses == false)
            {
                signs.Add(path);
            }
            else if (marker.Outcome is not (Outcome.Found or Outcome.Absent) || (marker.IsFound && isHostProcesses is null))
            {
                unseen ??= (path, marker.IsFound ? new Answer(second.Outcome, default, second.Why) : marker);
            }
        }

        Answer groups = evidence.Ask(Question.Read("/proc/1/cgroup"));
        if (!groups.IsFound && groups.Outcome != Outcome.Absent)
        {
            unseen ??= ("/proc/1/cgroup", groups);
        }

        if (groups.IsFound && GroupWords.FirstOrDefault(word => groups.Text.Contains(word, StringComparison.Ordinal)) is { } found)
        {
            signs.Add($"/proc/1/cgroup names {found}");
        }

        // One sign proves a container; that there is none takes every place to be seen.
        return unseen is { } hidden && signs.Count == 0
            ? Reading.Missing<IReadOnlyList<string>>(hidden.Answer.Outcome, hidden.Path, hidden.Answer.Why)
            : Reading.Of<IReadOnlyList<string>>(signs, "/proc/1/cgroup", string.Join(", ", signs));
    }
}
