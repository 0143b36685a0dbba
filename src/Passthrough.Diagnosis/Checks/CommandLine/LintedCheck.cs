using Passthrough.Diagnosis.CommandLineLint;
using Passthrough.Host.Kernel;

namespace Passthrough.Diagnosis.Checks.CommandLine;

/// <summary>A check whose findings are the linter's judgements of the tokens that it names.</summary>
internal abstract class LintedCheck : Check
{
    public sealed override Section Section => Section.CommandLine;

    public sealed override IEnumerable<Finding> Examine(Subjects subjects)
    {
        Host.Evidence.Reading<KernelCommandLine> line = subjects.Model.Kernel.CommandLine;
        if (!line.IsKnown)
        {
            return [Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(subjects.Model, "The kernel command line", line), [PlatformEvidence.Cite(line)])];
        }

        Finding[] findings = [.. CommandLineLinter.Lint(subjects.Model).Where(item => item.CheckId == Id).Select(item => Judge(subjects, item))];
        return findings.Length > 0 ? findings
            : [Make(Verdict.NotApplicable, "host", None, [Cite(subjects, line.Value!.Text)])];
    }

    /// <summary>What to say when no token is of this check.</summary>
    protected abstract string None { get; }

    /// <summary>The verdict of a judgement.</summary>
    protected virtual Verdict VerdictOf(TokenJudgement judgement) => judgement.Effect switch
    {
        TokenEffect.Harmful => Verdict.Warn,
        TokenEffect.Unknown => Verdict.Unknown,
        _ => Verdict.Note,
    };

    /// <summary>The command line, or a token of it, as evidence.</summary>
    protected static Citation Cite(Subjects subjects, string text) =>
        new(subjects.Model.Kernel.CommandLine.Source, subjects.Model.Kernel.CommandLine.Line, text);

    private Finding Judge(Subjects subjects, TokenJudgement judgement)
    {
        Verdict verdict = VerdictOf(judgement);
        string message = verdict == Verdict.Unknown ? judgement.Reason + " Run ptdiag as root on the host itself to know." : judgement.Reason;
        return Make(verdict, "token:" + judgement.Token, message, [Cite(subjects, judgement.Token)],
            verdict is Verdict.Warn ? [BootLine.Remove(judgement.Token)] : []);
    }
}
