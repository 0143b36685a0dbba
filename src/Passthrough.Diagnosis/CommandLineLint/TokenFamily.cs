using Passthrough.Host.Kernel;

namespace Passthrough.Diagnosis.CommandLineLint;

/// <summary>Parameters that belong together, and what their tokens do.</summary>
internal abstract class TokenFamily
{
    /// <summary>True when the token is one of this family. Depends on the token alone.</summary>
    public abstract bool Takes(CommandLineToken token);

    /// <summary>What the token at this place of the line does.</summary>
    public abstract TokenJudgement Judge(LintContext context, int index);

    /// <summary>The parameter's name as the kernel compares it: '-' and '_' are the same.</summary>
    protected static string NameOf(CommandLineToken token) => token.Name.Replace('-', '_');

    protected static TokenJudgement Effective(CommandLineToken token, string reason, string? check = null) =>
        new(token.Text, TokenEffect.Effective, reason, check);

    protected static TokenJudgement NoEffect(CommandLineToken token, string reason, string? check = null) =>
        new(token.Text, TokenEffect.NoEffect, reason, check);

    protected static TokenJudgement Deprecated(CommandLineToken token, string reason, string? check = null) =>
        new(token.Text, TokenEffect.Deprecated, reason, check);

    protected static TokenJudgement Harmful(CommandLineToken token, string reason, string? check = null) =>
        new(token.Text, TokenEffect.Harmful, reason, check);

    protected static TokenJudgement Unknown(CommandLineToken token, string reason, string? check = null) =>
        new(token.Text, TokenEffect.Unknown, reason, check);
}
