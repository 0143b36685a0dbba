using Passthrough.Diagnosis.CommandLineLint;
using Passthrough.Host.Cpu;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.CommandLine;

/// <summary>CMD-013: do the CPU sets of isolcpus, nohz_full, rcu_nocbs and irqaffinity fit each other?</summary>
internal sealed class Cmd013Isolation : CommandLineCheck
{
    public override string Id => "CMD-013";
    public override string Title => "CPU isolation parameters fit each other";
    public override Severity Severity => Severity.Medium;
    protected override string Parameter => "isolcpus";

    public override string Explanation =>
        "isolcpus= keeps the scheduler off CPUs, nohz_full= stops their tick, rcu_nocbs= moves their RCU callbacks (nohz_full= does that by itself), irqaffinity= says where interrupts go. " +
        "A guest on CPUs that only some of them name is disturbed by the rest. Without the flag managed_irq, queues whose interrupts the kernel places by itself may still interrupt isolated CPUs.";

    public override string Criteria =>
        "Warn: a list that the kernel drops, different CPUs in isolcpus= and nohz_full=, or irqaffinity= on isolated CPUs. Note: isolcpus= without managed_irq, isolated CPUs without rcu_nocbs=, or one parameter alone. " +
        "Pass: the sets fit. Unknown: a list of a form that is not read here. NotApplicable: no such token.";

    public override IReadOnlyList<string> References =>
        ["Documentation/admin-guide/kernel-parameters.txt (isolcpus=, nohz_full=, rcu_nocbs=, irqaffinity=)", "kernel/sched/isolation.c", "tuned PR #356"];

    public override IReadOnlyList<Remedy> Remedies =>
        [new("Name the same CPUs in all: isolcpus=managed_irq,domain,LIST nohz_full=LIST rcu_nocbs=LIST irqaffinity=THE-REST; tuned's profile realtime-virtual-host does it.")];

    protected override IEnumerable<Finding> Examine(HostModel model, KernelCommandLine line)
    {
        var sets = IsolationSets.Of(line);
        if (sets.Tokens.Count == 0)
        {
            yield return Make(Verdict.NotApplicable, "host", "The command line isolates no CPU.", [Cite(model, line.Text)]);
            yield break;
        }

        Citation[] evidence = [.. sets.Tokens.Select(token => Cite(model, token.Text))];
        List<string> wrong = [.. Conflicts(sets)];
        if (wrong.Count > 0)
        {
            yield return Make(Verdict.Warn, "host", string.Join(' ', wrong), evidence, Remedies);
        }
        else if (sets.HasUnread)
        {
            yield return Make(Verdict.Unknown, "host", "A CPU list of strides or of the words \"all\" or \"N\" is not read here. Look at /sys/devices/system/cpu/isolated and nohz_full to know.", evidence);
        }
        else
        {
            string[] notes = [.. Notes(sets)];
            yield return notes.Length > 0
                ? Make(Verdict.Note, "host", string.Join(' ', notes), evidence)
                : Make(Verdict.Pass, "host", "The CPU sets of the isolation parameters fit each other.", evidence);
        }
    }

    private static IEnumerable<string> Conflicts(IsolationSets sets)
    {
        if (sets.Wrong.Count > 0)
        {
            yield return $"The kernel drops {string.Join(" and ", sets.Wrong.Select(token => token.Text))}: the list of CPUs is empty or wrong.";
        }

        if (sets is { Domain: { } domain, NohzFull: { } quiet } && !domain.Equals(quiet))
        {
            yield return $"isolcpus= isolates CPUs {domain} and nohz_full= stops the tick of CPUs {quiet}.";
        }

        CpuSet? isolated = sets.Domain ?? sets.NohzFull;
        if (isolated is not null && sets.IrqAffinity is { } affinity && affinity.Members.Intersect(isolated.Members).Any())
        {
            yield return $"irqaffinity= sends interrupts to CPUs {affinity}, some of which are isolated ({isolated}).";
        }
    }

    private static IEnumerable<string> Notes(IsolationSets sets)
    {
        if (sets is { Domain: not null, ManagedIrq: null })
        {
            yield return "isolcpus= lacks the flag managed_irq: interrupts that the kernel places by itself may still land on isolated CPUs.";
        }

        if (sets is { Domain: not null, NohzFull: null })
        {
            yield return "Isolated CPUs keep their tick (no nohz_full=).";
        }

        if (sets is { Domain: null, NohzFull: not null })
        {
            yield return "nohz_full= without isolcpus=: the scheduler still places tasks there unless cpusets keep them off.";
        }

        if (sets is { Domain: { } domain } && domain.Members.Except(sets.NohzFull?.Members ?? []).Except(sets.NoCallbacks?.Members ?? []).Any())
        {
            yield return "RCU callbacks of isolated CPUs run on them (neither rcu_nocbs= nor nohz_full= names them all).";
        }
    }
}
