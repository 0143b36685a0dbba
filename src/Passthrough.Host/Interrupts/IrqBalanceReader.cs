using System.Globalization;
using Passthrough.Host.Evidence;
using Passthrough.Host.Usage;

namespace Passthrough.Host.Interrupts;

/// <summary>Tells whether irqbalance runs.</summary>
public static class IrqBalanceReader
{
    private const string Name = "irqbalance";
    private const string UnitProcesses = "/sys/fs/cgroup/system.slice/irqbalance.service/cgroup.procs";
    private const string PidFile = "/run/irqbalance.pid";
    private const int Limit = 4096;

    /// <summary>
    /// True as soon as one place shows the process. False only where every process of the machine was seen: the initial PID
    /// namespace, known by kthreadd as process 2, with every name readable. Otherwise unknown.
    /// </summary>
    public static Reading<bool> Read(IEvidence evidence)
    {
        if (evidence.ReadText(UnitProcesses).Or(null) is { Length: > 0 } processes)
        {
            return Reading.Of(true, UnitProcesses, processes);
        }

        if (evidence.ReadNumber(PidFile) is { IsKnown: true, Value: > 0 } pid
            && CommandName(evidence, pid.Value.ToString(CultureInfo.InvariantCulture)).Or(null) == Name)
        {
            return Reading.Of(true, PidFile, pid.Excerpt);
        }

        const string query = Queries.ProcessPrefix + Name;
        Answer answer = evidence.Ask(Question.Query(query));
        return !answer.IsFound ? Search(evidence)
            : QueryContent.Value(answer.Text, "running") switch
            {
                "1" => Reading.Of(true, query, Name),
                "0" when QueryContent.Value(answer.Text, "unseen") == "0" => Reading.Of(false, query, "no process of that name"),
                "0" => Reading.Missing<bool>(Outcome.Denied, query, "not every process could be looked at"),
                _ => Reading.Failed<bool>(query, "it is not of the expected form"),
            };
    }

    /// <summary>The settings that its service unit reads: /etc/default (Debian) or /etc/sysconfig (Fedora, SUSE).</summary>
    public static Reading<IReadOnlyList<string>> ReadSettings(IEvidence evidence)
    {
        Reading<IReadOnlyList<string>> result = default;
        foreach (string path in (string[])["/etc/default/irqbalance", "/etc/sysconfig/irqbalance", "/etc/irqbalance.env"])
        {
            result = evidence.Read<IReadOnlyList<string>>(path, static (string text, out IReadOnlyList<string> lines) =>
            {
                lines = [.. text.Split('\n').Select(static line => line.Trim()).Where(static line => line.Length > 0 && line[0] != '#')];
                return lines.All(static line => line.Contains('=', StringComparison.Ordinal));
            });
            if (!result.IsAbsent)
            {
                break;
            }
        }

        return result;
    }

    // A tree and an older bundle hold the files themselves.
    private static Reading<bool> Search(IEvidence evidence)
    {
        const string proc = "/proc";
        Reading<IReadOnlyList<string>> names = evidence.List(proc);
        if (!names.IsKnown)
        {
            return Reading.Missing<bool>(names.Outcome, proc, names.Why);
        }

        List<string> pids = [.. names.Value!.Where(name => name.Length > 0 && name.All(char.IsAsciiDigit))];
        if (!pids.Contains("2") || CommandName(evidence, "2").Or(null) != "kthreadd")
        {
            return Reading.Missing<bool>(Outcome.NotRecorded, proc, "the machine's processes cannot all be seen from here");
        }

        bool isComplete = pids.Count <= Limit;
        foreach (string pid in pids.Take(Limit))
        {
            Reading<string> name = CommandName(evidence, pid);
            if (name.Or(null) == Name)
            {
                return Reading.Of(true, name.Source, Name);
            }

            // A process may end between the listing and the question; then there is nothing to miss.
            isComplete &= name.IsKnown || name.IsAbsent || name.Outcome == Outcome.Failed;
        }

        return isComplete
            ? Reading.Of(false, proc, "no process of that name")
            : Reading.Missing<bool>(Outcome.Denied, proc, "not every process could be looked at");
    }

    private static Reading<string> CommandName(IEvidence evidence, string pid) =>
        evidence.ReadText("/proc/" + pid + "/comm");
}
