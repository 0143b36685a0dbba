using Passthrough.Host.Cpu;
using Passthrough.Host.Kernel;

namespace Passthrough.Diagnosis.CommandLineLint;

/// <summary>The CPU lists of the isolation parameters. Source: kernel/sched/isolation.c, kernel/rcu/tree_nocb.h, kernel/irq/irqdesc.c.</summary>
internal sealed record IsolationSets
{
    /// <summary>The flags that isolcpus= takes.</summary>
    public static readonly IReadOnlyList<string> Flags = ["nohz", "domain", "managed_irq"];

    /// <summary>CPUs that the scheduler leaves alone; null when none are named or the list cannot be read here.</summary>
    public CpuSet? Domain { get; private set; }

    /// <summary>CPUs named by isolcpus= with managed_irq.</summary>
    public CpuSet? ManagedIrq { get; private set; }

    /// <summary>CPUs without a tick: nohz_full=, or isolcpus= with nohz.</summary>
    public CpuSet? NohzFull { get; private set; }

    /// <summary>CPUs whose callbacks run elsewhere.</summary>
    public CpuSet? NoCallbacks { get; private set; }

    /// <summary>CPUs that interrupts go to by default.</summary>
    public CpuSet? IrqAffinity { get; private set; }

    /// <summary>Some list is of a form that is not read here (strides, "all", "N").</summary>
    public bool HasUnread { get; private set; }

    /// <summary>Tokens of these parameters, in order.</summary>
    public required IReadOnlyList<CommandLineToken> Tokens { get; init; }

    /// <summary>Tokens that the kernel drops because their list or flags are wrong.</summary>
    public IReadOnlyList<CommandLineToken> Wrong => _wrong;

    private readonly List<CommandLineToken> _wrong = [];

    /// <summary>Reads the line.</summary>
    public static IsolationSets Of(KernelCommandLine line)
    {
        var sets = new IsolationSets { Tokens = [.. line.Tokens.Where(IsParameter)] };
        foreach (CommandLineToken token in sets.Tokens)
        {
            sets.Take(token);
        }

        return sets;
    }

    /// <summary>True for the parameters read here.</summary>
    public static bool IsParameter(CommandLineToken token) =>
        token.Is("isolcpus") || token.Is("nohz_full") || token.Is("rcu_nocbs") || token.Is("irqaffinity");

    /// <summary>Splits isolcpus= into its flags and its list.</summary>
    public static (IReadOnlyList<string> Flags, string List) Split(string value)
    {
        string[] parts = value.Split(',');
        int flags = parts.TakeWhile(part => part.Length > 0 && char.IsAsciiLetter(part[0]) && part is not ("all" or "N")).Count();
        return (parts[..flags], string.Join(',', parts[flags..]));
    }

    /// <summary>
    /// A CPU list. True with a set; false when the kernel refuses it; null when it is of a form that the kernel takes and that is not read here.
    /// </summary>
    public static bool? TryList(string text, out CpuSet set)
    {
        if (CpuSet.TryParse(text, out set) && set.Count > 0)
        {
            return true;
        }

        return text.Length > 0 && text.All(letter => char.IsAsciiDigit(letter) || letter is ',' or '-' or ':' or '/' or 'N' or 'a' or 'l')
            && (text.Contains(':', StringComparison.Ordinal) || text.Contains('N', StringComparison.Ordinal) || text.Contains("all", StringComparison.Ordinal))
            ? null : false;
    }

    private void Take(CommandLineToken token)
    {
        bool isIsolcpus = token.Is("isolcpus");
        (IReadOnlyList<string> flags, string list) = isIsolcpus ? Split(token.Value ?? "") : ([], token.Value ?? "");

        // rcu_nocbs without a list only offers the facility; it names no CPU.
        if (token.Is("rcu_nocbs") && token.Value is null)
        {
            return;
        }

        bool? read = TryList(list, out CpuSet set);
        if (read == false)
        {
            _wrong.Add(token);
            return;
        }

        HasUnread |= read is null;
        CpuSet? value = read == true ? set : null;
        if (isIsolcpus)
        {
            bool plain = !flags.Any(Flags.Contains);
            Domain = plain || flags.Contains("domain") ? value : Domain;
            ManagedIrq = flags.Contains("managed_irq") ? value : ManagedIrq;
            NohzFull = flags.Contains("nohz") ? value : NohzFull;
        }
        else if (token.Is("nohz_full"))
        {
            NohzFull = value;
        }
        else if (token.Is("rcu_nocbs"))
        {
            NoCallbacks = value;
        }
        else
        {
            IrqAffinity = value;
        }
    }
}
