using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>IRQ-007: irqbalance leaves isolated CPUs alone.</summary>
internal sealed class Irq007IrqBalance : Check
{
    /// <inheritdoc />
    public override string Id => "IRQ-007";

    /// <inheritdoc />
    public override string Title => "irqbalance leaves isolated CPUs alone";

    /// <inheritdoc />
    public override Section Section => Section.Interrupts;

    /// <inheritdoc />
    public override Severity Severity => Severity.Medium;

    /// <inheritdoc />
    public override string Explanation =>
        "irqbalance moves interrupts between CPUs every few seconds. By itself it leaves out CPUs that the kernel isolates (isolcpus, nohz_full); a list of banned CPUs in its settings replaces that, and then an isolated CPU that is not in the list "
        + "gets interrupts again, under a guest that was promised a quiet one. It also undoes affinities that were written by hand, unless it is told not to touch those interrupts.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when it does not run, or its banned CPUs hold every isolated one. Not applicable without isolated CPUs. Warn when a banned list leaves isolated CPUs out. Unknown when processes, isolation or settings were not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["irqbalance: irqbalance.c, cputree.c (setup_banned_cpus)", "Linux: Documentation/core-api/irq/irq-affinity.rst"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Set IRQBALANCE_BANNED_CPULIST in irqbalance's settings to the isolated CPUs, or remove the setting, and restart irqbalance.", "systemctl restart irqbalance")];

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Reading<bool> running = model.Interrupts.IrqBalanceRunning;
        Reading<CpuSet> isolated = model.Cpu.Isolated;
        if (isolated.IsKnown && isolated.Value!.Count == 0)
        {
            yield return Make(Verdict.NotApplicable, "host", "No CPU is isolated, so there is none to keep irqbalance from.", [Quote.Of(isolated) with { Excerpt = "(none)" }]);
        }
        else if (!isolated.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host", $"Which CPUs are isolated is not known: {Quote.Unseen(isolated)}", [Quote.Of(isolated)]);
        }
        else if (!running.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host", $"Whether irqbalance runs is not known. {Quote.HowToKnow(running)}", [Quote.Of(running), Quote.Of(isolated)]);
        }
        else if (!running.Value)
        {
            yield return Make(Verdict.Pass, "host", "irqbalance does not run.", [Quote.Of(running), Quote.Of(isolated)]);
        }
        else
        {
            yield return Judge(model.Interrupts.IrqBalanceSettings, running, isolated);
        }
    }

    private Finding Judge(Reading<IReadOnlyList<string>> settings, Reading<bool> running, Reading<CpuSet> isolated)
    {
        Citation[] evidence = [Quote.Of(running), Quote.Of(isolated), Quote.Of(settings) with { Excerpt = settings.IsKnown ? Quote.List(settings.Value!, 4) : Quote.Outcome(settings) }];
        if (!settings.IsKnown && !settings.IsAbsent)
        {
            return Make(Verdict.Unknown, "host", $"irqbalance runs; which CPUs its settings ban is not known: {Quote.Unseen(settings)}", evidence);
        }

        (string? list, string? mask) = (Value(settings, "IRQBALANCE_BANNED_CPULIST"), Value(settings, "IRQBALANCE_BANNED_CPUS"));
        if (list is null && mask is null)
        {
            return Make(Verdict.Pass, "host", "irqbalance runs without a banned list of its own, and current versions then leave isolated CPUs out by themselves.", evidence);
        }

        // The older name holds a hex mask, the newer one CPU numbers.
        if (!(list is not null ? CpuSet.TryParse(list, out CpuSet banned) : CpuSet.TryParseMask(mask!, out banned)))
        {
            return Make(Verdict.Unknown, "host", $"The banned CPUs in {settings.Source} could not be understood. Read them by hand.", evidence);
        }

        CpuSet open = isolated.Value!.Except(banned);
        return open.Count == 0
            ? Make(Verdict.Pass, "host", "irqbalance runs and bans every isolated CPU.", evidence)
            : Make(Verdict.Warn, "host", $"irqbalance runs with a banned list that leaves out the isolated CPUs {open}: it may move interrupts there.", evidence, Remedies);
    }

    private static string? Value(Reading<IReadOnlyList<string>> settings, string name)
    {
        string? line = settings.Or([])!.LastOrDefault(line => line.StartsWith(name + "=", StringComparison.Ordinal) || line.StartsWith("export " + name + "=", StringComparison.Ordinal));
        string? value = line?[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim().Trim('"', '\'');
        return string.IsNullOrEmpty(value) ? null : value;
    }
}
