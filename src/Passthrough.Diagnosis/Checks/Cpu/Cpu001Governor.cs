using Passthrough.Host.Cpu;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>CPU-001: the frequency governor of the CPUs that run guests.</summary>
internal sealed class Cpu001Governor : Check
{
    /// <inheritdoc />
    public override string Id => "CPU-001";

    /// <inheritdoc />
    public override string Title => "CPU frequency governor";

    /// <inheritdoc />
    public override Section Section => Section.Cpu;

    /// <inheritdoc />
    public override Severity Severity => Severity.Low;

    /// <inheritdoc />
    public override string Explanation =>
        "A governor that lets CPUs run slowly adds latency to interrupts and guests. Names mislead: with intel_pstate or amd-pstate-epp in active mode, \"powersave\" lets the hardware choose the "
        + "frequency by load and is not slow, while with acpi-cpufreq it holds the lowest frequency. Without a cpufreq folder firmware or the hypervisor decides.";

    /// <inheritdoc />
    public override string Criteria =>
        "Judged for the isolated CPUs, else for all. Pass when all use performance. Note for powersave of a driver in active mode, and for governors that follow the load (Warn for the realtime profile). "
        + "Warn for powersave of any other driver. Not applicable without cpufreq. Unknown when it was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: Documentation/admin-guide/pm/cpufreq.rst", "Linux: Documentation/admin-guide/pm/intel_pstate.rst", "Linux: Documentation/admin-guide/pm/amd-pstate.rst"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Choose the performance governor for the CPUs that run guests; it lasts until the next boot.", "cpupower frequency-set -g performance")];

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        CpuSet isolated = model.Cpu.Isolated.Or(CpuSet.Empty)!;
        CpuCore[] cpus = [.. model.Cpu.Cpus.Where(cpu => isolated.Count == 0 || isolated.Contains(cpu.Number))];
        string which = isolated.Count > 0 ? "isolated CPUs" : "CPUs";
        CpuCore[] known = [.. cpus.Where(cpu => cpu.Governor.IsKnown)];
        if (cpus.Length == 0)
        {
            yield return Make(Verdict.Unknown, "host", "The CPUs' governors were not read. Look at /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor on the machine.",
                [Quote.Of(model.Cpu.Online)]);
        }
        else if (known.Length == 0)
        {
            yield return cpus.All(cpu => cpu.Governor.IsAbsent) && IommuFacts.AbsenceIsFact(model)
                ? Make(Verdict.NotApplicable, "host", model.IsVirtualMachine == true
                    ? "No cpufreq: this is a virtual machine, and its host decides the frequency."
                    : "No cpufreq: firmware decides the frequency, or no driver for it is loaded.", [Quote.Of(cpus[0].Governor)])
                : Make(Verdict.Unknown, "host", "The governors are not known: " + Quote.Unseen(cpus[0].Governor), [Quote.Of(cpus[0].Governor)]);
        }
        else
        {
            yield return Judge(subjects, which, cpus, known);
        }
    }

    private Finding Judge(Subjects subjects, string which, CpuCore[] cpus, CpuCore[] known)
    {
        HostModel model = subjects.Model;
        IGrouping<string, CpuCore>[] governors = [.. known.GroupBy(cpu => cpu.Governor.Value!, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)];
        string counts = string.Join(", ", governors.Select(group => $"{group.Key} on {which} {CpuSet.Of(group.Select(cpu => cpu.Number))}"));
        Citation[] evidence = [.. governors.Select(group => Quote.Of(group.First().Governor)), Quote.Of(known[0].Driver)];
        CpuCore[] slow = [.. known.Where(cpu => cpu.Governor.Value == "powersave" && IsActiveMode(model, cpu) == false)];
        CpuCore[] open = [.. known.Where(cpu => cpu.Governor.Value == "powersave" && IsActiveMode(model, cpu) is null)];
        if (slow.Length > 0)
        {
            return Make(Verdict.Warn, "host", $"{counts}: powersave of {slow[0].Driver.Value} holds the lowest frequency.", evidence, Remedies);
        }

        if (known.Length < cpus.Length || open.Length > 0)
        {
            string missing = open.Length > 0 ? "what powersave means depends on the frequency driver and its mode, and these were not read"
                : $"the governor of {Quote.Count(cpus.Length - known.Length, "CPU")} was not read";
            return Make(Verdict.Unknown, "host", $"{counts}, but {missing}. Look at cpufreq/scaling_driver and /sys/devices/system/cpu/intel_pstate/status.", evidence);
        }

        if (known.All(cpu => cpu.Governor.Value == "performance"))
        {
            return Make(Verdict.Pass, "host", counts + ".", evidence);
        }

        string meaning = known.Any(cpu => cpu.Governor.Value == "powersave")
            ? $"powersave of {known.First(cpu => cpu.Governor.Value == "powersave").Driver.Value} lets the hardware choose the frequency by load, which is not slow"
            : "these follow the load";
        return Make(subjects.Profile == Profile.Realtime ? Verdict.Warn : Verdict.Note, "host", $"{counts}: {meaning}; performance has the steadier latency.", evidence, Remedies);
    }

    /// <summary>True where "powersave" leaves the choice to the hardware; null when driver or mode is not known.</summary>
    private static bool? IsActiveMode(HostModel model, CpuCore cpu) => cpu.Driver.Or(null) switch
    {
        null => null,
        "amd-pstate-epp" => true,

        // In passive mode the driver calls itself intel_cpufreq, so this name already means active; the status file confirms it.
        "intel_pstate" => !model.Cpu.PstateStatus.IsKnown || model.Cpu.PstateStatus.Value == "active",
        _ => false,
    };
}
