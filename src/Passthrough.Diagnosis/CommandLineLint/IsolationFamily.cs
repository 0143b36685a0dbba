using Passthrough.Host.Cpu;
using Passthrough.Host.Kernel;

namespace Passthrough.Diagnosis.CommandLineLint;

/// <summary>CPU isolation. Source: Documentation/admin-guide/kernel-parameters.txt, kernel/sched/isolation.c.</summary>
internal sealed class IsolationFamily : TokenFamily
{
    private static readonly string[] _names = ["isolcpus", "nohz_full", "rcu_nocbs", "rcu_nocb_poll", "irqaffinity"];

    public override bool Takes(CommandLineToken token)
    {
        string name = NameOf(token);
        return _names.Contains(name) || name is "nohz" or "kthread_cpus" or "managed_irq" or "rcu_nocb" or "isolcpu" or "irq_affinity";
    }

    public override TokenJudgement Judge(LintContext context, int index)
    {
        CommandLineToken token = context.At(index);
        string name = NameOf(token);
        return name switch
        {
            "managed_irq" => NoEffect(token, "It is a flag of isolcpus=: write isolcpus=managed_irq,domain,LIST."),
            "kthread_cpus" => NoEffect(token, "Upstream kernels have no such parameter; kernel threads keep off isolated CPUs by isolcpus= and nohz_full=."),
            "rcu_nocb" => NoEffect(token, "The parameter is spelt rcu_nocbs=."),
            "isolcpu" => NoEffect(token, "The parameter is spelt isolcpus=."),
            "irq_affinity" => NoEffect(token, "The parameter is spelt irqaffinity=."),
            "nohz" => Effective(token, "It switches the idle CPUs' tick, not that of busy ones; nohz_full= does that."),
            "rcu_nocb_poll" => Effective(token, "The threads that run RCU callbacks look for work by themselves and wake nobody on isolated CPUs."),
            "rcu_nocbs" when token.Value is null => Effective(token, "RCU callbacks can be moved off CPUs; none is named here.", "CMD-013"),
            "nohz_full" when context.Model.Kernel.Config.Has("NO_HZ_FULL") == false =>
                NoEffect(token, "This kernel was built without NO_HZ_FULL and skips it (\"nohz unsupported\").", "CMD-013"),
            _ => Lists(token, name),
        };
    }

    private static TokenJudgement Lists(CommandLineToken token, string name)
    {
        (IReadOnlyList<string> flags, string list) = name == "isolcpus" ? IsolationSets.Split(token.Value ?? "") : ([], token.Value ?? "");
        if (flags.FirstOrDefault(flag => flag.Any(letter => !char.IsAsciiLetter(letter) && letter != '_')) is { } illegal)
        {
            return NoEffect(token, $"{illegal} is no flag, and the kernel drops the whole token. Flags are nohz, domain and managed_irq.", "CMD-013");
        }

        if (IsolationSets.TryList(list, out CpuSet _) == false)
        {
            return NoEffect(token, "Its list of CPUs is empty or wrong, so the kernel drops it: write numbers and ranges, for example 2-5,8.", "CMD-013");
        }

        string[] unknown = [.. flags.Where(flag => !IsolationSets.Flags.Contains(flag))];
        string skipped = unknown.Length == 0 ? "" : $" The kernel skips the unknown flag {string.Join(", ", unknown)}.";
        return name switch
        {
            "isolcpus" => Effective(token, (flags.Any(IsolationSets.Flags.Contains)
                ? $"The CPUs are isolated as {string.Join(" and ", flags.Where(IsolationSets.Flags.Contains))} say."
                : "The scheduler leaves these CPUs alone; without the flag managed_irq, interrupts that the kernel manages may still land there.") + skipped, "CMD-013"),
            "nohz_full" => Effective(token, "These CPUs stop their tick while they run one task; their RCU callbacks move elsewhere too.", "CMD-013"),
            "rcu_nocbs" => Effective(token, "RCU callbacks of these CPUs run elsewhere.", "CMD-013"),
            _ => Effective(token, "Interrupts go to these CPUs by default; those that the kernel manages and those moved later do not heed it.", "CMD-013"),
        };
    }
}
