namespace Passthrough.Diagnosis.CommandLineLint;

/// <summary>What one token of the kernel command line does on this machine.</summary>
/// <param name="Token">The token as it stands on the line.</param>
/// <param name="Effect">What it does.</param>
/// <param name="Reason">Why, and the right spelling where there is one: one or two sentences.</param>
/// <param name="CheckId">The check that judges it, null when none does.</param>
public sealed record TokenJudgement(string Token, TokenEffect Effect, string Reason, string? CheckId);

/// <summary>What a token does.</summary>
public enum TokenEffect
{
    /// <summary>The kernel takes it and it does what it says.</summary>
    Effective,

    /// <summary>It changes nothing on this machine.</summary>
    NoEffect,

    /// <summary>It works, and another parameter has taken its place.</summary>
    Deprecated,

    /// <summary>It works, and works against passing devices to guests safely or well.</summary>
    Harmful,

    /// <summary>The evidence does not tell.</summary>
    Unknown,
}
