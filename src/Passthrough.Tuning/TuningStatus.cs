using System.Globalization;
using System.Text;
using Passthrough.Host.Kernel;

namespace Passthrough.Tuning;

/// <summary>What the journal holds open, in the light of the boot that runs. Pure.</summary>
public sealed class TuningStatus
{
    private readonly StringBuilder _text = new();

    private TuningStatus()
    {
    }

    /// <summary>A run or a plan was killed in its middle, or a setting of the command line is not in effect although the machine was booted since.</summary>
    public bool NeedsAttention { get; private set; }

    /// <summary>Reads the journal.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="boot">The boot that runs; null when it could not be read.</param>
    /// <param name="commandLine">The command line of the kernel that runs; null when it could not be read.</param>
    public static TuningStatus Of(Journal journal, string? boot, KernelCommandLine? commandLine)
    {
        var status = new TuningStatus();
        foreach (IGrouping<string?, JournalEntry> plan in journal.LeftOpen.GroupBy(entry => entry.Plan))
        {
            bool isWhole = plan.Key is not null && journal.KeptPlans.Contains(plan.Key);
            status.AddGroup(plan.Key, isWhole, [.. plan], boot, commandLine);
        }

        return status;
    }

    /// <summary>The text.</summary>
    /// <param name="path">Where the journal is.</param>
    public string Render(string path) => _text.Length == 0
        ? $"Nothing is left to take back in {path}.\n"
        : _text + $"\n'ptdiag tune undo' takes back what stands above, newest first; the record is {path}.\n";

    private void AddGroup(string? plan, bool isWhole, JournalEntry[] entries, string? boot, KernelCommandLine? commandLine)
    {
        int living = entries.Count(entry => !entry.HasLapsed(boot));
        bool isBroken = !isWhole && living > 0;
        NeedsAttention |= isBroken;
        _text.Append(_text.Length > 0 ? "\n" : "").Append(plan is null
            ? Sentence($"Left by a run that was killed: {entries.Length} change(s).")
            : isWhole ? $"Plan applied {plan}:" : isBroken ? $"Plan of {plan}, killed while it was applied:" : $"Plan of {plan}, killed while it was applied; what it had changed ended with that boot:").Append('\n');
        foreach (IGrouping<string?, JournalEntry> step in entries.GroupBy(entry => entry.Step))
        {
            _text.Append("  ").Append(step.Key ?? "a change").Append('\n');
            foreach (JournalEntry entry in step)
            {
                _text.Append("    ").Append(Sentence(entry)).Append(entry.HasLapsed(boot) ? "; ended with an earlier boot" : "").Append('\n');
            }

            AddTokens(step.First(), boot, commandLine);
        }
    }

    // Whether the loader took the tokens is seen on the command line of a later boot, and nowhere before.
    private void AddTokens(JournalEntry entry, string? boot, KernelCommandLine? commandLine)
    {
        if (entry.TokensAdded is null && entry.TokensRemoved is null)
        {
            return;
        }

        if (boot is null || entry.Boot is null || commandLine is null)
        {
            _text.Append("    whether it is in effect is not known: the boot or the command line could not be read\n");
            return;
        }

        if (boot == entry.Boot)
        {
            _text.Append("    takes effect at the next boot\n");
            return;
        }

        string[] tokens = [.. commandLine.Tokens.Select(token => token.Text)];
        string[] missing = [.. (entry.TokensAdded ?? []).Except(tokens)], present = [.. (entry.TokensRemoved ?? []).Intersect(tokens)];
        NeedsAttention |= missing.Length > 0 || present.Length > 0;
        _text.Append(missing.Length == 0 && present.Length == 0
            ? "    confirmed: the machine was booted since, and its command line is as wanted\n"
            : "    NOT in effect although the machine was booted since: " + string.Join("; ", ((string[])[Named("missing", missing), Named("still there", present)]).Where(part => part.Length > 0)) + "\n");
    }

    private static string Named(string what, string[] tokens) => tokens.Length == 0 ? "" : what + " " + string.Join(' ', tokens);

    private static string Sentence(JournalEntry entry) => entry.Kind switch
    {
        "file" when entry.Before is null => $"{entry.Path}: made",
        "file" => Sentence($"{entry.Path}: edited ({entry.Before!.Length} bytes kept to put back)"),
        "mode" => $"{entry.Path}: permissions {entry.UndoValue} → {entry.Value}",
        "tool" => $"ran {string.Join(' ', entry.Words ?? [])}",
        _ => $"{entry.Path}: wrote '{entry.Value.Trim()}'; " + (entry.UndoPath is null ? "needs no undo of its own" : $"undo: write '{(entry.UndoValue ?? "").Trim()}' to {entry.UndoPath}"),
    };

    private static string Sentence(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
